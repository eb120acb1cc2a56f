import { connectPatiently } from '@reelay/redis';
import { eventually, startRedis } from '@reelay/testing';
import { type TestContext, test } from 'vitest';
import { startHeartbeat } from '../src/heartbeat.ts';

const KEY = '{reelay}:worker:w_1';
const quiet = { info() {}, warn() {} };

async function setup({ onTestFinished }: TestContext) {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.url, quiet);
  onTestFinished(() => redis.disconnect());
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => void failures.push(error);
  const heartbeat = await startHeartbeat({ redis, tag: '{reelay}', workerId: 'w_1', onFailure });
  onTestFinished(() => heartbeat.stop());
  return { server, redis, heartbeat, failures };
}

test.concurrent('from the start the worker is known to live, for five seconds from its last beat', async (context) => {
  const { expect } = context;
  const { redis } = await setup(context);
  const left = await redis.pttl(KEY);
  expect(left).toBeGreaterThan(3_000);
  expect(left).toBeLessThanOrEqual(5_000);
});

test.concurrent('it beats every second: its key is never older than that', async (context) => {
  const { expect } = context;
  const { redis } = await setup(context);
  await redis.pexpire(KEY, 1_500);
  await eventually(async () => expect(await redis.pttl(KEY)).toBeGreaterThan(4_000));
});

test.concurrent('a key that was lost is there again with the next beat', async (context) => {
  const { expect } = context;
  const { redis } = await setup(context);
  await redis.del(KEY);
  await eventually(async () => expect(await redis.exists(KEY)).toBe(1));
});

test.concurrent('a worker that stopped is gone at once, and no late beat brings it back', async (context) => {
  const { expect } = context;
  const { redis, heartbeat } = await setup(context);
  await heartbeat.stop();
  expect(await redis.exists(KEY)).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // longer than a beat: that none comes has no signal
  expect(await redis.exists(KEY)).toBe(0);
});

test.concurrent('with Redis away the beats do not pile up, and go on when it is back', async (context) => {
  const { expect } = context;
  const { server, redis } = await setup(context);
  server.kill('SIGKILL');
  await server.exited();
  await new Promise((resolve) => setTimeout(resolve, 3_200)); // three beats that cannot be written
  await server.restart();
  await eventually(async () => expect(await redis.pttl(KEY)).toBeGreaterThan(4_000));
  const stats = await redis.info('commandstats');
  expect(Number(/cmdstat_pexpire:calls=(\d+)/.exec(stats)?.[1] ?? 0)).toBeLessThanOrEqual(2);
});

test.concurrent('a Redis that has no memory left still hears that the worker lives', async (context) => {
  const { expect } = context;
  const { redis, failures } = await setup(context);
  await redis.config('SET', 'maxmemory', '1');
  await expect(redis.set('other', '1')).rejects.toThrow('OOM');
  await redis.pexpire(KEY, 1_500);
  await eventually(async () => expect(await redis.pttl(KEY)).toBeGreaterThan(4_000));
  expect(failures).toEqual([]);
});
