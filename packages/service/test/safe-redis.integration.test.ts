import { createServer } from 'node:net';
import { connectPatiently } from '@reelay/redis';
import { createLogger, createMetrics } from '@reelay/telemetry';
import { eventually, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { acceptRedis, serveWorkerHealth } from '../src/index.ts';

const log = createLogger({ service: 'test', level: 'silent' });

async function anUnsafeRedis() {
  const server = await startRedis({ args: ['--appendfsync', 'everysec'] });
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.url, log);
  onTestFinished(() => redis.disconnect());
  return redis;
}

test('production does not start on an unsafe Redis: a sentence, exit 78, and the connection is let go', async () => {
  const redis = await anUnsafeRedis();
  const refusal = acceptRedis(redis, { environment: 'production', redisAllowUnsafe: false }, log);
  await expect(refusal).rejects.toMatchObject({
    exitCode: 78,
    sentences: [expect.stringContaining('appendfsync must be always')],
  });
  await eventually(() => expect(redis.status).toBe('end'));
});

test('elsewhere it is a warning', async () => {
  const redis = await anUnsafeRedis();
  await acceptRedis(redis, { environment: 'development', redisAllowUnsafe: false }, log);
  expect(await redis.ping()).toBe('PONG');
});

test('nothing starts on data of another release: a sentence, exit 78', async () => {
  const redis = await anUnsafeRedis();
  await redis.zadd('{reelay}:tasks', 1, 'task_01M82FG8GAMYTNV46TV1H6B5CJ');
  const refusal = acceptRedis(redis, { environment: 'development', redisAllowUnsafe: false }, log);
  await expect(refusal).rejects.toMatchObject({
    exitCode: 78,
    sentences: [expect.stringContaining('another release of Reelay')],
  });
});

test('a worker without WORKER_PORT opens none, and one with it says when it is ready', async () => {
  const redis = await anUnsafeRedis();
  const about = { metrics: createMetrics('test'), redis };
  (await serveWorkerHealth({ workerHost: '127.0.0.1', workerPort: undefined }, about))();
  await redis.ping();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const refused = serveWorkerHealth({ workerHost: '127.0.0.1', workerPort: port }, about);
  await expect(refused).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken: stop the program that uses it, or set WORKER_PORT`,
  );
});
