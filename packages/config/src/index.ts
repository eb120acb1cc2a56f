export * as parse from './parsers.ts';
export {
  ConfigError,
  type Environment,
  isProduction,
  optional,
  readConfig,
  required,
  requiredInProduction,
  type Setting,
  type ValuesOf,
  withDefault,
} from './setting.ts';
export {
  apiSettings,
  catalogueSettings,
  DEVELOPMENT_SECRET_KEY,
  generationWorkerSettings,
  modelSettings,
  processSettings,
  redisSettings,
  secretSettings,
  taskSettings,
  testSettings,
  upstreamSettings,
  webhookGuardSettings,
  webhookWorkerSettings,
  workerSettings,
} from './settings.ts';
