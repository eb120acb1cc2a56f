import { redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { aNewTask, key, setup, UNKNOWN } from './setup.ts';

const server = redisForTests();
const BURST = 16;
const GIVE_WAY_MS = 200;

/** A process that accepts and one that works, whose clock stands still unless it is set; two tasks are at work. */
async function atWork() {
  const clock = { nowMs: 1_000 };
  const monotonicMs = () => clock.nowMs;
  const accepting = setup(server.url, { monotonicMs });
  const working = setup(server.url, { givesWay: true, monotonicMs });
  const [first, second] = [await working.submitting(), await working.submitting()];
  const burst = (count = BURST) =>
    Promise.all(Array.from({ length: count }, () => accepting.accept(aNewTask({ caller: 'busy' }))));
  const requeue = (task: string) =>
    working.store.moves.requeue({ task, priority: 'normal', claim: 1, why: 'not_sent', againMs: 1_000, holdMs: 0 });
  /** True when it was written while nobody waited longer than a turn. */
  const isWrittenAtOnce = async (write: Promise<unknown>) => {
    const turn = new Promise((resolve) => setTimeout(resolve, GIVE_WAY_MS / 4, 'waits'));
    return (await Promise.race([write, turn])) !== 'waits';
  };
  await server.client.config('RESETSTAT');
  /** How often a burst was announced since: nothing else here sets a key. */
  const announcements = async () => {
    const [, calls = '0'] = /^cmdstat_set:calls=(\d+)/m.exec(await server.client.info('commandstats')) ?? [];
    return Number(calls);
  };
  return { ...working, clock, first, second, burst, requeue, isWrittenAtOnce, announcements };
}

test('while clients submit in a burst, who works writes once, and then waits a moment', async () => {
  const { burst, requeue, isWrittenAtOnce, first, second, store } = await atWork();
  await burst();
  expect(await isWrittenAtOnce(requeue(first))).toBe(true); // it hears of the burst with the reply
  const next = requeue(second);
  expect(await isWrittenAtOnce(next)).toBe(false);
  expect(await next).toBe('ok');
  expect(await store.read(second)).toMatchObject({ status: 'queued' });
});

test('an answer of the upstream is written at once all the same', async () => {
  const { burst, requeue, submitted, isWrittenAtOnce, first, second } = await atWork();
  await burst();
  await requeue(first);
  expect(await isWrittenAtOnce(submitted(second))).toBe(true);
});

test('when the burst is over nobody waits', async () => {
  const { burst, requeue, isWrittenAtOnce, first, second, clock, redis, finish } = await atWork();
  await burst();
  await requeue(first);
  await redis.del(key('burst'));
  clock.nowMs += GIVE_WAY_MS;
  expect(await isWrittenAtOnce(requeue(second))).toBe(true);
  expect(await isWrittenAtOnce(finish(second, 'failed'))).toBe(true);
});

test('a burst is said to be on for a moment only, and fewer accepts are none', async () => {
  const { burst, redis, announcements } = await atWork();
  for (let i = 0; i < 3; i++) await burst(BURST - 1);
  expect(await announcements()).toBe(0);
  await burst();
  expect(await announcements()).toBe(1);
  expect(await redis.pttl(key('burst'))).toBeGreaterThan(0);
  expect(await redis.pttl(key('burst'))).toBeLessThanOrEqual(200);
});

test('a burst that goes on is announced again before the announcement is over, and not with every transaction', async () => {
  const { burst, announcements, clock } = await atWork();
  for (let i = 0; i < 5; i++) await burst(2 * BURST);
  expect(await announcements()).toBe(1);
  clock.nowMs += 100;
  await burst();
  expect(await announcements()).toBe(2);
});

test('accepts of several turns that wait together are a burst', async () => {
  const { burst, announcements } = await atWork();
  onTestFinished(async () => void (await server.client.client('UNPAUSE')));
  await server.client.client('PAUSE', 60_000, 'WRITE');
  const all = [burst(BURST - 1)];
  await new Promise(setImmediate);
  all.push(burst(1));
  await new Promise(setImmediate);
  await server.client.client('UNPAUSE');
  await Promise.all(all);
  expect(await announcements()).toBe(1);
});

test('accepts that fail do not count for ever', async () => {
  const { burst, announcements } = await atWork();
  await server.client.config('SET', 'maxmemory', '1');
  onTestFinished(async () => void (await server.client.config('SET', 'maxmemory', '0')));
  for (let i = 0; i < 3; i++) await burst(BURST - 1);
  await server.client.config('SET', 'maxmemory', '0');
  await burst(1);
  expect(await announcements()).toBe(0);
});

test('who accepts asks nobody whether there is a burst', async () => {
  const { accept, redis } = setup(server.url);
  await accept(aNewTask());
  await redis.config('RESETSTAT');
  await accept(aNewTask());
  expect(await redis.info('commandstats')).toMatch(/^cmdstat_evalsha:calls=2,/m); // the record, and its job
});

test('many moves of who works are no burst', async () => {
  const { store, redis } = await atWork();
  const moves = Array.from({ length: 2 * BURST }, () =>
    store.moves.outcomeUnknown({
      ...{ task: 'task_nobody', priority: 'normal', claim: 1 },
      ...{ error: UNKNOWN, detail: 'reset', againMs: 1_000 },
    }),
  );
  await Promise.all(moves);
  expect(await redis.exists(key('burst'))).toBe(0);
});
