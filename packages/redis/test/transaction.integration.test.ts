import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { defineScripts, isNoScript, loadScripts, runTransaction, type ScriptCall } from '../src/index.ts';
import { connected } from './quiet.ts';

const shared = redisForTests();
const KEEP = { name: 'keep', lua: "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])" };

async function setup() {
  const redis = connected(shared.url);
  defineScripts(redis, [KEEP, { name: 'fail', lua: "return redis.call('LPUSH', KEYS[1], 'x')" }]);
  await loadScripts(redis, ['keep', 'fail']);
  return redis;
}

const keep = (key: string, value: string | number | Buffer): ScriptCall => ({
  name: 'keep',
  keys: 1,
  args: [key, value],
});

test('each script has its own slot, in the order of the calls', async () => {
  const redis = await setup();
  const slots = await runTransaction(redis, [keep('a', 'one'), keep('b', 2), keep('c', '')]);
  expect(slots).toEqual([
    [null, 'one'],
    [null, '2'],
    [null, ''],
  ]);
});

test('texts of several bytes a letter and raw bytes arrive as they were', async () => {
  const redis = await setup();
  const bytes = Buffer.from([0, 255, 13, 10, 200]);
  await runTransaction(redis, [keep('text', 'ü€🎬'), keep('bytes', bytes), keep('after', 'é')]);
  expect(await redis.get('text')).toBe('ü€🎬');
  expect(await redis.getBuffer('bytes')).toEqual(bytes);
  expect(await redis.get('after')).toBe('é');
});

test("a script's error stands in its own slot, and the others are done", async () => {
  const redis = await setup();
  const failing = { name: 'fail', keys: 1, args: ['text'] };
  const [before, failed, after] = await runTransaction(redis, [keep('text', 'a'), failing, keep('other', 'b')]);
  expect([before, after]).toEqual([
    [null, 'a'],
    [null, 'b'],
  ]);
  expect(failed?.[0]).toMatchObject({ name: 'ReplyError', message: expect.stringContaining('WRONGTYPE') });
});

test('a script that Redis does not hold is NOSCRIPT in its slot', async () => {
  const redis = await setup();
  await redis.script('FLUSH');
  const [slot] = await runTransaction(redis, [keep('a', 'one')]);
  expect(isNoScript(slot?.[0])).toBe(true);
});

test('a script that the connection does not know is refused, and the connection goes on', async () => {
  const redis = await setup();
  await expect(runTransaction(redis, [{ name: 'nobody', keys: 0, args: [] }])).rejects.toThrow('nobody is not defined');
  expect(await runTransaction(redis, [keep('a', 'still')])).toEqual([[null, 'still']]);
});

test('a transaction is one write to the socket', async () => {
  const redis = await setup();
  const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const before = await reads();
  await runTransaction(redis, [keep('a', 'one'), keep('b', Buffer.from('two')), keep('c', 'three')]);
  expect((await reads()) - before).toBe(2); // the second is the INFO itself
});

test('with the connection gone for good it rejects', async () => {
  const redis = await setup();
  redis.disconnect();
  await expect(runTransaction(redis, [keep('a', 'one')])).rejects.toThrow('Connection is closed');
});
