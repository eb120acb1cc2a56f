import { join, resolve } from 'node:path';
import {
  apiSettings,
  ConfigError,
  type Environment,
  generationWorkerSettings,
  modelSettings,
  optional,
  parse,
  processSettings,
  readConfig,
  redisSettings,
  secretSettings,
  taskSettings,
  upstreamSettings,
  webhookGuardSettings,
  webhookWorkerSettings,
  withDefault,
} from '@reelay/config';

const HOST = '127.0.0.1';
/** Stands in while the local Redis has no port yet; never connected to. */
const REDIS_TO_COME = 'redis://127.0.0.1:1';

const ownSettings = {
  port: withDefault('PORT', parse.integer(1, 65_535), 3000),
  simulatorPort: withDefault('SIMULATOR_PORT', parse.integer(1, 65_535), 3100),
  dataDir: optional('REELAY_DATA_DIR', parse.text),
};

/** Everything that any of the processes reads, so that a bad value stops the start and not one process of five. */
const everySetting = {
  ...processSettings,
  ...redisSettings,
  ...apiSettings,
  ...taskSettings,
  ...modelSettings,
  ...upstreamSettings,
  ...generationWorkerSettings,
  ...webhookGuardSettings,
  ...webhookWorkerSettings,
  ...secretSettings,
  ...ownSettings,
};

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly simulatorPort: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined: run a local one. */
  readonly redisUrl: string | undefined;
  /** Undefined: the simulator. */
  readonly modelverseUrl: string | undefined;
  readonly logLevel: string;
  readonly secretKey: Buffer;
  /** For the processes; REDIS_URL and the inbox's secret are added when they are known. */
  readonly env: Environment;
}

/**
 * Reads the environment of `npm start`; relative folders are taken from `root`. Throws ConfigError with every problem of
 * every process at once.
 */
export function readSettings(env: Environment, root: string): Settings {
  const hasKey = isSet(env, 'MODELVERSE_API_KEY');
  const hasRedis = isSet(env, 'REDIS_URL');
  const simulator = `http://${HOST}:${env['SIMULATOR_PORT']?.trim() || ownSettings.simulatorPort.unset(false)}`;
  const full = withValues(env, {
    ...defaultsFor(env),
    ...(hasRedis ? {} : { REDIS_URL: REDIS_TO_COME }),
    ...(hasKey ? {} : { MODELVERSE_API_KEY: 'sim-key', MODELVERSE_BASE_URL: simulator }),
  });
  const config = readConfig(full, everySetting);
  refuseContradictions({ ...config, keyIsMissing: !hasKey && isSet(env, 'MODELVERSE_BASE_URL') });
  return {
    host: HOST,
    port: config.port,
    simulatorPort: config.simulatorPort,
    dataDir: resolve(root, config.dataDir ?? '.reelay'),
    redisUrl: hasRedis ? config.redisUrl : undefined,
    modelverseUrl: hasKey ? config.baseUrl : undefined,
    logLevel: config.logLevel,
    secretKey: config.secretKey,
    env: full,
  };
}

/** The names whose defaults differ here (design section 9). HOST is fixed: the dev key is known to everybody. */
function defaultsFor(env: Environment): Record<string, string> {
  const defaults = { WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8', WEBHOOK_ALLOW_HTTP: 'true', SHUTDOWN_GRACE: '8s' };
  const unset = Object.entries(defaults).filter(([name]) => !isSet(env, name));
  return { ...Object.fromEntries(unset), HOST };
}

function refuseContradictions(given: { port: number; simulatorPort: number; keyIsMissing: boolean }): void {
  const problems: string[] = [];
  if (given.port === given.simulatorPort) problems.push('SIMULATOR_PORT must be another port than PORT.');
  if (given.keyIsMissing) {
    problems.push('MODELVERSE_API_KEY must be set with MODELVERSE_BASE_URL; set neither to use the simulator.');
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** True when `NAME` or `NAME_FILE` has a value. */
function isSet(env: Environment, name: string): boolean {
  return Boolean(env[name]?.trim() || env[`${name}_FILE`]?.trim());
}

/** The environment with these values, whatever files it named for them. */
export function withValues(env: Environment, values: Readonly<Record<string, string>>): Environment {
  const files = new Set(Object.keys(values).map((name) => `${name}_FILE`));
  const rest = Object.entries(env).filter(([name]) => !files.has(name));
  return { ...Object.fromEntries(rest), ...values };
}

/**
 * Where the local Redis keeps its data: tasks for the simulator apart from those for ModelVerse, so that setting a key does
 * not send yesterday's trials to somebody who wants money for them.
 */
export function redisFolder(settings: Pick<Settings, 'dataDir' | 'modelverseUrl'>): string {
  return join(settings.dataDir, settings.modelverseUrl === undefined ? 'redis-simulator' : 'redis');
}
