import { ConfigError, readConfig } from '@reelay/config';
import { expect, test } from 'vitest';
import { simulatorSettings } from '../src/settings.ts';

test('an empty environment is the demo', () => {
  expect(readConfig({}, simulatorSettings)).toEqual({
    host: '127.0.0.1',
    port: 3100,
    seed: 1,
    medianMs: 8_000,
    sigma: 0.35,
    inboxSecrets: [],
  });
});

test('every problem is told at once and no secret is repeated', () => {
  const env = { SIMULATOR_SIGMA: 'wide', SIMULATOR_MEDIAN: '1ms', SIMULATOR_WEBHOOK_SECRETS: 'whsec_c2VjcmV0,hunter2' };
  const read = () => readConfig(env, simulatorSettings);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(
    /SIMULATOR_MEDIAN must be .*\n.*SIMULATOR_SIGMA must be .*\n.*WEBHOOK_SECRETS must be .*number 2/,
  );
  expect(read).not.toThrow(/hunter2/);
});
