import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { requireDataFormat } from '../src/index.ts';
import { aNewTask, key, setup, TAG } from './setup.ts';

const server = redisForTests();

test('an empty Redis is marked, by several at once, and then holds tasks that every later start accepts', async () => {
  const { redis, accept } = setup(server.url);
  await Promise.all([1, 2, 3].map(() => requireDataFormat(redis, TAG)));
  await accept(aNewTask());
  await requireDataFormat(redis, TAG);
  expect(await redis.get(key('format'))).toBe('2');
});

test.each([
  ['tasks', null, /format 1; this release reads 2/],
  ['callers', null, /format 1; .* move the folder \.reelay away/],
  ['tasks', '3', /format 3; this release reads 2/],
])(
  'where %s are kept in the format %s of another release nothing starts, and nothing is written',
  async (name, mark, says) => {
    const { redis } = setup(server.url);
    await redis.zadd(key(name), 1, 'task_01M82FG8GAMYTNV46TV1H6B5CJ');
    if (mark) await redis.set(key('format'), mark);
    await expect(requireDataFormat(redis, TAG)).rejects.toThrow(says);
    expect(await redis.get(key('format'))).toBe(mark);
  },
);
