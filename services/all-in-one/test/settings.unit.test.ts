import { ConfigError, type Environment } from '@reelay/config';
import { expect, test } from 'vitest';
import { planProcesses } from '../src/plan.ts';
import { settingsFrom } from '../src/run.ts';
import { readSettings } from '../src/settings.ts';

const found = { redisUrl: 'redis://127.0.0.1:7777', webhookSecret: 'whsec_c2VjcmV0' };

/** The environment that the api gets. */
function apiEnvironment(env: Environment): Environment {
  const api = planProcesses(readSettings(env, '/repo'), found).find((planned) => planned.name === 'api');
  return api?.env ?? {};
}

function problemsOf(env: Environment): readonly string[] {
  try {
    readSettings(env, '/repo');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}

test('with nothing set, the processes use the simulator, the local Redis and webhooks to this machine', () => {
  expect(apiEnvironment({})).toMatchObject({
    HOST: '127.0.0.1',
    PORT: '3000',
    SIMULATOR_PORT: '3100',
    REDIS_URL: 'redis://127.0.0.1:7777',
    MODELVERSE_API_KEY: 'sim-key',
    MODELVERSE_BASE_URL: 'http://127.0.0.1:3100',
    WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    WEBHOOK_ALLOW_HTTP: 'true',
    SHUTDOWN_GRACE: '8s',
    SIMULATOR_WEBHOOK_SECRETS: 'whsec_c2VjcmV0',
    LOG_LEVEL: 'info',
  });
});

test('what is set is passed on', () => {
  const set = { PORT: '4000', POLL_INTERVAL: '1s', WEBHOOK_ALLOW_HTTP: 'false', SHUTDOWN_GRACE: '2s' };
  expect(apiEnvironment(set)).toMatchObject(set);
});

test('with a key the upstream is ModelVerse, also when the key is in a file', () => {
  const withKey = { MODELVERSE_API_KEY: 'real', MODELVERSE_BASE_URL: 'https://api.modelverse.cn' };
  expect(apiEnvironment(withKey)).toMatchObject(withKey);
  const { modelverseUrl } = readSettings({ MODELVERSE_API_KEY_FILE: '/proc/self/comm' }, '/repo');
  expect(modelverseUrl).toBe('https://api-us-ca.umodelverse.ai');
});

test('the simulator is reached at its own port', () => {
  expect(apiEnvironment({ SIMULATOR_PORT: '3111' })['MODELVERSE_BASE_URL']).toBe('http://127.0.0.1:3111');
});

test('a quiet log still lets the processes say that they are ready', () => {
  expect(apiEnvironment({ LOG_LEVEL: 'error' })['LOG_LEVEL']).toBe('info');
  expect(apiEnvironment({ LOG_LEVEL: 'debug' })['LOG_LEVEL']).toBe('debug');
});

test('two workers do not get the same port', () => {
  expect(apiEnvironment({ WORKER_PORT: '9000' })).not.toHaveProperty('WORKER_PORT');
});

test('every problem of every process is reported at once', () => {
  const problems = problemsOf({ PORT: 'x', POLL_INTERVAL: 'soon', WEBHOOK_ALLOWED_CIDRS: 'home' });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(
    expect.arrayContaining(['PORT', 'POLL_INTERVAL', 'WEBHOOK_ALLOWED_CIDRS']),
  );
});

test('one port for two processes and a base URL without a key are refused', () => {
  const problems = problemsOf({ PORT: '3100', MODELVERSE_BASE_URL: 'https://api.modelverse.cn' });
  expect(problems.join(' ')).toMatch(/SIMULATOR_PORT must be another port[\s\S]*MODELVERSE_API_KEY must be set/);
});

test('production is refused', () => {
  const refused = expect.objectContaining({ exitCode: 78, message: expect.stringContaining('NODE_ENV=production') });
  expect(() => settingsFrom({ NODE_ENV: 'production' }, '/repo')).toThrow(refused);
});
