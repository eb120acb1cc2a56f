import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  apiSettings,
  ConfigError,
  DEVELOPMENT_SECRET_KEY,
  type Environment,
  generationWorkerSettings,
  isProduction,
  optional,
  parse,
  processSettings,
  readConfig,
  redisSettings,
  required,
  type Setting,
  secretSettings,
  taskSettings,
  upstreamSettings,
  webhookGuardSettings,
  webhookWorkerSettings,
  withDefault,
} from '../src/index.ts';

const SECRET = 'hunter2-hunter2-hunter2';

/** A file as an orchestrator mounts it. */
function aSecretFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'reelay-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
}

function problemsOf(env: Environment, settings: Readonly<Record<string, Setting<unknown>>>): readonly string[] {
  try {
    readConfig(env, settings);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('with nothing set but what is required, everything is as the design says', () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:6379', MODELVERSE_API_KEY: 'k' };
  expect(readConfig(env, { ...processSettings, ...redisSettings, ...upstreamSettings })).toEqual({
    environment: 'development',
    logLevel: 'info',
    shutdownGraceMs: 20_000,
    redisUrl: 'redis://127.0.0.1:6379',
    redisAllowUnsafe: false,
    apiKey: 'k',
    baseUrl: 'https://api-us-ca.umodelverse.ai',
    auth: 'raw',
    maxInFlight: 100,
    submitsPerMinute: 0,
  });
  const rest = { ...apiSettings, ...taskSettings, ...generationWorkerSettings, ...webhookWorkerSettings };
  expect(readConfig({}, { ...rest, ...webhookGuardSettings })).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    maxBodyBytes: 1024 ** 2,
    startWithinMs: 86_400_000,
    finishWithinMs: 7_200_000,
    retentionMs: 30 * 86_400_000,
    payloadRetentionMs: 86_400_000,
    pollIntervalMs: 5_000,
    submitConcurrency: 50,
    pollConcurrency: 100,
    deliverConcurrency: 50,
    webhookAllowedCidrs: [],
    webhookAllowHttp: false,
    webhookRetryScheduleMs: undefined,
  });
});

test('every problem is told at once, one sentence each', () => {
  const env = { PORT: 'http', MAX_BODY: '1', LOG_LEVEL: 'loud', POLL_INTERVAL: '5 seconds' };
  const settings = { ...processSettings, ...redisSettings, ...apiSettings, ...generationWorkerSettings };
  expect(problemsOf(env, settings)).toEqual([
    'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent (got "loud").',
    'REDIS_URL must be set.',
    'PORT must be a whole number from 0 to 65535 (got "http").',
    'MAX_BODY must be a size such as 512KiB or 1MiB, from 1024 to 33554432 bytes (got "1").',
    'POLL_INTERVAL must be a duration such as 5s, 10m, 2h or 30d, from 50 ms to 3600000 ms (got "5 seconds").',
  ]);
});

test('the message of the error holds every problem on its own line', () => {
  expect(() => readConfig({}, { a: required('A', parse.text), b: required('B', parse.text) })).toThrow(
    new ConfigError(['A must be set.', 'B must be set.']),
  );
  expect(new ConfigError(['A must be set.', 'B must be set.']).message).toBe('A must be set.\nB must be set.');
});

test('NAME_FILE names a file that holds the value, without the line break at its end', () => {
  const env = { MODELVERSE_API_KEY_FILE: aSecretFile(`${SECRET}\n`) };
  expect(readConfig(env, { apiKey: upstreamSettings.apiKey })).toEqual({ apiKey: SECRET });
});

test('a value given both directly and by a file is refused, and neither is repeated', () => {
  const env = { MODELVERSE_API_KEY: SECRET, MODELVERSE_API_KEY_FILE: aSecretFile(SECRET) };
  const problems = problemsOf(env, { apiKey: upstreamSettings.apiKey });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('both MODELVERSE_API_KEY and MODELVERSE_API_KEY_FILE are set, remove one');
  expect(problems[0]).not.toContain(SECRET);
});

test('a file that cannot be read is a problem that names the variable and the cause', () => {
  const env = { MODELVERSE_API_KEY_FILE: join(tmpdir(), 'no-such-folder', 'key') };
  expect(problemsOf(env, { apiKey: upstreamSettings.apiKey })).toEqual([
    'MODELVERSE_API_KEY must be readable from the file that MODELVERSE_API_KEY_FILE names (ENOENT).',
  ]);
});

test('an empty file and an empty variable count as unset', () => {
  const env = { MODELVERSE_API_KEY_FILE: aSecretFile('\n'), REDIS_URL: '  ' };
  expect(problemsOf(env, { apiKey: upstreamSettings.apiKey, redisUrl: redisSettings.redisUrl })).toEqual([
    'MODELVERSE_API_KEY must be set.',
    'REDIS_URL must be set.',
  ]);
});

test('production asks for the admin key and the secret key', () => {
  const settings = { adminKey: apiSettings.adminKey, ...secretSettings };
  expect(problemsOf({ NODE_ENV: 'production' }, settings)).toEqual([
    'REELAY_ADMIN_KEY must be set.',
    'REELAY_SECRET_KEY must be set.',
  ]);
});

test('elsewhere there is no admin key, and every process seals with the same well-known key', () => {
  const config = readConfig({}, { adminKey: apiSettings.adminKey, ...secretSettings });
  expect(config).toEqual({ adminKey: undefined, secretKey: DEVELOPMENT_SECRET_KEY, oldSecretKeys: [] });
  expect(DEVELOPMENT_SECRET_KEY).toHaveLength(32);
});

test.each(['production', ' production '])('NODE_ENV "%s" is production for every rule alike', (environment) => {
  const env = { NODE_ENV: environment };
  expect(isProduction(env)).toBe(true);
  expect(readConfig(env, { environment: processSettings.environment })).toEqual({ environment: 'production' });
});

test('what a secret was set to is never repeated, whatever is wrong with it', () => {
  const env = {
    NODE_ENV: 'production',
    REELAY_ADMIN_KEY: SECRET,
    REELAY_SECRET_KEY: SECRET,
    REDIS_URL: `http://:${SECRET}@redis:6379`,
    MODELVERSE_BASE_URL: `ftp://user:${SECRET}@upstream`,
  };
  const all = { ...apiSettings, ...secretSettings, ...redisSettings, baseUrl: upstreamSettings.baseUrl };
  const problems = problemsOf(env, all);
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'REELAY_ADMIN_KEY',
    'REELAY_SECRET_KEY',
    'REDIS_URL',
    'MODELVERSE_BASE_URL',
  ]);
  expect(problems.join('\n')).not.toContain(SECRET);
});

test('an optional setting that is unset is undefined, and one with a default is its default', () => {
  const settings = { port: optional('P', parse.integer(0, 9)), size: withDefault('S', parse.integer(0, 9), 7) };
  expect(readConfig({}, settings)).toEqual({ port: undefined, size: 7 });
});
