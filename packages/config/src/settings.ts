import * as parse from './parsers.ts';
import { optional, required, requiredInProduction, withDefault } from './setting.ts';

// The settings of design section 9, one group per concern; a service reads only the groups that it uses.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MEBIBYTE = 1024 ** 2;

/** Stands in for REELAY_SECRET_KEY outside production, so that processes started by hand agree on one. */
export const DEVELOPMENT_SECRET_KEY: Buffer = Buffer.alloc(32, 'reelay development key, not secret');

export const processSettings = {
  environment: withDefault('NODE_ENV', parse.text, 'development'),
  logLevel: withDefault('LOG_LEVEL', parse.oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'info'),
  shutdownGraceMs: withDefault('SHUTDOWN_GRACE', parse.duration({ minMs: SECOND, maxMs: 10 * MINUTE }), 20 * SECOND),
};

export const redisSettings = {
  redisUrl: required('REDIS_URL', parse.url('redis', 'rediss')),
  redisAllowUnsafe: withDefault('REDIS_ALLOW_UNSAFE', parse.flag, false),
};

export const apiSettings = {
  host: withDefault('HOST', parse.text, '127.0.0.1'),
  port: withDefault('PORT', parse.integer(0, 65_535), 3000),
  adminKey: requiredInProduction('REELAY_ADMIN_KEY', parse.secretText(32), undefined),
  maxBodyBytes: withDefault('MAX_BODY', parse.bytes({ min: 1024, max: 32 * MEBIBYTE }), MEBIBYTE),
  trustProxy: withDefault('TRUST_PROXY', parse.addresses, []),
};

export const taskSettings = {
  startWithinMs: withDefault('TASK_START_WITHIN', parse.duration({ minMs: MINUTE, maxMs: 7 * DAY }), DAY),
  finishWithinMs: withDefault('TASK_FINISH_WITHIN', parse.duration({ minMs: MINUTE, maxMs: 7 * DAY }), 2 * HOUR),
  retentionMs: withDefault('TASK_RETENTION', parse.duration({ minMs: HOUR, maxMs: 3650 * DAY }), 30 * DAY),
  payloadRetentionMs: withDefault('PAYLOAD_RETENTION', parse.duration({ minMs: MINUTE, maxMs: 3650 * DAY }), DAY),
};

/** Read by the processes that know the models. */
export const catalogueSettings = {
  modelsFolder: optional('MODELS_FOLDER', parse.text),
};

export const modelSettings = {
  unknownModels: withDefault('UNKNOWN_MODELS', parse.oneOf('reject', 'pass'), 'reject'),
};

export const upstreamSettings = {
  apiKey: required('MODELVERSE_API_KEY', parse.secretText(1)),
  baseUrl: withDefault('MODELVERSE_BASE_URL', parse.baseUrl, 'https://api-us-ca.umodelverse.ai'),
  auth: withDefault('MODELVERSE_AUTH', parse.oneOf('raw', 'bearer'), 'raw'),
  maxInFlight: withDefault('UPSTREAM_MAX_IN_FLIGHT', parse.integer(1, 1_000_000), 100),
  submitsPerMinute: withDefault('UPSTREAM_SUBMITS_PER_MINUTE', parse.integer(0, 1_000_000), 0),
};

export const generationWorkerSettings = {
  submitConcurrency: withDefault('SUBMIT_CONCURRENCY', parse.integer(1, 10_000), 50),
  pollConcurrency: withDefault('POLL_CONCURRENCY', parse.integer(1, 10_000), 100),
  pollIntervalMs: withDefault('POLL_INTERVAL', parse.duration({ minMs: 50, maxMs: HOUR }), 5 * SECOND),
  pollTargetLagMs: optional('POLL_TARGET_LAG', parse.duration({ minMs: 0, maxMs: HOUR })),
  pollsPerSecond: withDefault('UPSTREAM_POLLS_PER_SECOND', parse.integer(0, 1_000_000), 0),
};

export const workerSettings = {
  workerHost: withDefault('HOST', parse.text, '127.0.0.1'),
  workerPort: optional('WORKER_PORT', parse.integer(0, 65_535)),
};

export const webhookGuardSettings = {
  webhookAllowedCidrs: withDefault('WEBHOOK_ALLOWED_CIDRS', parse.cidrs, []),
  webhookAllowHttp: withDefault('WEBHOOK_ALLOW_HTTP', parse.flag, false),
};

export const webhookWorkerSettings = {
  deliverConcurrency: withDefault('DELIVER_CONCURRENCY', parse.integer(1, 10_000), 50),
  webhookRetryScheduleMs: optional('WEBHOOK_RETRY_SCHEDULE', parse.durations({ minMs: 10, maxMs: 7 * DAY, most: 50 })),
};

export const secretSettings = {
  secretKey: requiredInProduction('REELAY_SECRET_KEY', parse.key32, DEVELOPMENT_SECRET_KEY),
  oldSecretKeys: withDefault('REELAY_SECRET_KEY_OLD', parse.keys32, []),
};

/** For the fault tests alone: CRASH_AT is honoured only beside REELAY_TEST=true. */
export const testSettings = {
  underTest: withDefault('REELAY_TEST', parse.flag, false),
  crashAt: optional('CRASH_AT', parse.text),
};
