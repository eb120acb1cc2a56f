import {
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
  ...upstreamSettings,
  ...generationWorkerSettings,
  ...workerSettings,
  ...testSettings,
};
