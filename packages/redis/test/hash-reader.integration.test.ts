import { redisForTests } from '@reelay/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createHashReader } from '../src/index.ts';

const shared = redisForTests();

function setup() {
  const redis = new Redis(shared.url, { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return { redis, read: createHashReader(redis) };
}

async function readsProcessed(): Promise<number> {
  return Number(/^total_reads_processed:(\d+)/m.exec(await shared.client.info('stats'))?.[1]);
}

test('hashes that are asked for in one turn come in one round trip, each to whoever asked', async () => {
  const { redis, read } = setup();
  const keys = Array.from({ length: 50 }, (_, i) => `hash:${i}`);
  for (const key of keys) await redis.hset(key, 'name', key);
  const before = await readsProcessed();
  expect(await Promise.all(keys.map(read))).toEqual(keys.map((name) => ({ name })));
  expect((await readsProcessed()) - before).toBeLessThanOrEqual(3); // with the two questions for the count
});

test('one that is not there has no fields, and one that is no hash fails alone', async () => {
  const { redis, read } = setup();
  await redis.hset('hash', 'a', '1');
  await redis.set('text', 'x');
  const [none, text, hash] = await Promise.allSettled([read('none'), read('text'), read('hash')]);
  expect(none).toEqual({ status: 'fulfilled', value: {} });
  expect(text).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ name: 'ReplyError' }) });
  expect(hash).toEqual({ status: 'fulfilled', value: { a: '1' } });
});

test('a lost connection fails everybody who asked, and the next turn asks anew', async () => {
  const { redis, read } = setup();
  await redis.hset('hash', 'a', '1');
  redis.disconnect();
  const lost = await Promise.allSettled([read('hash'), read('hash')]);
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await redis.connect();
  expect(await read('hash')).toEqual({ a: '1' });
});
