import {
  apiSettings,
  catalogueSettings,
  modelSettings,
  redisSettings,
  secretSettings,
  taskSettings,
  webhookGuardSettings,
} from '@reelay/config';

/** The environment of the api (design section 9), beside what every process reads. */
export const settings = {
  ...redisSettings,
  ...apiSettings,
  ...taskSettings,
  ...catalogueSettings,
  ...modelSettings,
  ...webhookGuardSettings,
  ...secretSettings,
};
