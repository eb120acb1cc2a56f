import { startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_TAG, keyUnder, requireDataFormat } from '../src/index.ts';
import { connected } from './quiet.ts';

const MARK = keyUnder(DEFAULT_TAG, 'format');

async function setup() {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  return connected(server.url);
}

test('an empty Redis is marked, by several at once, and then holds tasks that every later start accepts', async () => {
  const redis = await setup();
  await Promise.all([1, 2, 3].map(() => requireDataFormat(redis, DEFAULT_TAG)));
  await redis.xadd(keyUnder(DEFAULT_TAG, 'tasks'), '*', 'task_', '1');
  await requireDataFormat(redis, DEFAULT_TAG);
  expect(await redis.get(MARK)).toBe('2');
});

test('a Redis that holds nothing is taken over from whatever release marked it', async () => {
  const redis = await setup();
  await redis.set(MARK, '3');
  await requireDataFormat(redis, DEFAULT_TAG);
  expect(await redis.get(MARK)).toBe('2');
});

test('where the mark stands nothing has to be written', async () => {
  const redis = await setup();
  await requireDataFormat(redis, DEFAULT_TAG);
  await redis.config('SET', 'maxmemory', '1');
  await requireDataFormat(redis, DEFAULT_TAG);
});

test.each([
  ['tasks', null, /format 1; this release reads 2/],
  ['callers', null, /format 1; .* set REELAY_DATA_DIR/],
  ['tasks', '3', /format 3; this release reads 2/],
])('where %s of another release are kept in format %s nothing starts, and nothing is written', async (...about) => {
  const [name, mark, says] = about;
  const redis = await setup();
  await redis.zadd(keyUnder(DEFAULT_TAG, name), 1, 'task_01M82FG8GAMYTNV46TV1H6B5CJ');
  if (mark) await redis.set(MARK, mark);
  await expect(requireDataFormat(redis, DEFAULT_TAG)).rejects.toThrow(says);
  expect(await redis.get(MARK)).toBe(mark);
});
