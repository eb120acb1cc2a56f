import {
  catalogueSettings,
  generationWorkerSettings,
  processSettings,
  redisSettings,
  taskSettings,
  testSettings,
  upstreamSettings,
  workerSettings,
} from '@reelay/config';

export const settings = {
  ...processSettings,
  ...redisSettings,
  ...taskSettings,
  ...catalogueSettings,
  ...upstreamSettings,
  ...generationWorkerSettings,
  ...workerSettings,
  ...testSettings,
};
