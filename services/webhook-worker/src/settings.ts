import {
  redisSettings,
  secretSettings,
  taskSettings,
  testSettings,
  webhookGuardSettings,
  webhookWorkerSettings,
  workerSettings,
} from '@reelay/config';

export const settings = {
  ...redisSettings,
  ...taskSettings,
  ...secretSettings,
  ...webhookGuardSettings,
  ...webhookWorkerSettings,
  ...workerSettings,
  ...testSettings,
};
