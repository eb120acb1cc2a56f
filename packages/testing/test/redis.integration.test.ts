import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { redisForTests, startRedis } from '../src/index.ts';

const shared = redisForTests();

test('the shared Redis is there', async () => {
  expect(await shared.client.set('left', 'behind')).toBe('OK');
  expect(shared.url).toMatch(/^redis:/);
});

test('and it is empty at the start of each test', async () => {
  expect(await shared.client.dbsize()).toBe(0);
});

test('killed and started again, a Redis has its port and its data', async () => {
  const redis = await startRedis();
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  await client.set('paid', 'yes');
  const before = redis.pid;
  redis.kill('SIGKILL');
  await redis.exited();
  await redis.restart();
  expect(redis.pid).not.toBe(before);
  expect(await client.get('paid')).toBe('yes');
  client.disconnect();
  await redis.stop();
  expect(existsSync(redis.dataDir)).toBe(false);
});

test('further settings win over the shipped ones, and a frozen server can be stopped', async () => {
  const redis = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const client = new Redis(redis.url);
  expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
  client.disconnect();
  redis.kill('SIGSTOP');
  await redis.stop();
});
