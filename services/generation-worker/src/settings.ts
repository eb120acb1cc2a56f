import {
  generationWorkerSettings,
  processSettings,
  redisSettings,
  taskSettings,
  testSettings,
  upstreamSettings,
  type ValuesOf,
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

export type Settings = ValuesOf<typeof settings>;
