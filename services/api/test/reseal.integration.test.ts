import { DEFAULT_TAG, requireDataFormat } from '@reelay/redis';
import { redisForTests, startProcess } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { SECRET_KEY, startApi } from './setup.ts';

const redis = redisForTests();
const NEW_KEY = Buffer.alloc(32, 'new').toString('base64');
const OLD_KEY = SECRET_KEY.toString('base64');

test('at its start with a new key the api seals what the old key had sealed, and counts it', async () => {
  await requireDataFormat(redis.client, DEFAULT_TAG); // as every process does at its start
  const { store } = await startApi(redis.url);
  const before = await store.callers.webhookOf('acme');
  const restart = async () => {
    const env = { PORT: '0', REDIS_URL: redis.url, REELAY_SECRET_KEY: NEW_KEY, REELAY_SECRET_KEY_OLD: OLD_KEY };
    const api = startProcess({ name: 'api', script: 'services/api/src/main.ts', env });
    onTestFinished(() => api.kill('SIGKILL'));
    const line = await api.waitForLog((one) => String(one['msg']).startsWith('The webhook secrets are sealed'), 20_000);
    await api.stop();
    return [line['changed'], line['unreadable']];
  };
  expect(await restart()).toEqual([1, 0]);
  await expect(store.callers.webhookOf('acme')).rejects.toThrow('not given');
  expect(before?.secrets).toHaveLength(1);
  expect(await restart()).toEqual([0, 0]);
});
