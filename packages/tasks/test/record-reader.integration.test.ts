import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { createRecordReader } from '../src/record-reader.ts';
import { key, setup, TAG } from './setup.ts';

const server = redisForTests();

function reading() {
  const { redis } = setup(server.url);
  return { redis, read: createRecordReader(redis, TAG) };
}

async function readsProcessed(): Promise<number> {
  return Number(/^total_reads_processed:(\d+)/m.exec(await server.client.info('stats'))?.[1]);
}

test('records that are asked for in one turn come in one round trip, each to whoever asked', async () => {
  const { redis, read } = reading();
  const tasks = Array.from({ length: 50 }, (_, i) => `task_${i}`);
  for (const task of tasks) await redis.hset(key('task', task), { name: task, text: '"ü€🎬\\\n' });
  await read('task_0'); // its script is loaded
  const before = await readsProcessed();
  expect(await Promise.all(tasks.map(read))).toEqual(tasks.map((name) => ({ name, text: '"ü€🎬\\\n' })));
  expect((await readsProcessed()) - before).toBeLessThanOrEqual(3); // with the two questions for the count
});

test('one that is not there has no fields, and one that is no hash fails alone', async () => {
  const { redis, read } = reading();
  await redis.hset(key('task', 'hash'), 'a', '1');
  await redis.set(key('task', 'text'), 'x');
  const [none, text, hash] = await Promise.allSettled([read('none'), read('text'), read('hash')]);
  expect(none).toEqual({ status: 'fulfilled', value: {} });
  expect(text).toMatchObject({
    status: 'rejected',
    reason: { name: 'ReplyError', message: expect.stringMatching(/^WRONGTYPE /) },
  });
  expect(hash).toEqual({ status: 'fulfilled', value: { a: '1' } });
});

test('many that are asked for in one turn come in parts', async () => {
  const { redis, read } = reading();
  await read('none'); // its script is loaded
  await redis.config('RESETSTAT');
  expect(await Promise.all(Array.from({ length: 130 }, () => read('none')))).toHaveLength(130);
  expect(await redis.info('commandstats')).toContain('cmdstat_evalsha:calls=3,');
});

test('a lost connection fails everybody who asked, and the next turn asks anew', async () => {
  const { redis, read } = reading();
  await redis.hset(key('task', 'hash'), 'a', '1');
  redis.disconnect();
  const lost = await Promise.allSettled([read('hash'), read('hash')]);
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await redis.connect();
  expect(await read('hash')).toEqual({ a: '1' });
});
