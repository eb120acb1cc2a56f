import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, indexed, key, setup, UNKNOWN } from './setup.ts';

const server = redisForTests();
const HOOK = 'https://hooks.test/a';
const FINAL = ['succeeded', 'failed', 'expired', 'canceled'] as const;
const KEEP_MS = 10 * DAY_MS;

test('a running task is written once, and again changes nothing', async () => {
  const { waiting, store, field, inFlight } = setup(server.url);
  const task = await waiting();
  const seen = { task, claim: 1, upstreamStatus: 'Running', events: [] };
  expect(await store.moves.running(seen)).toBe('ok');
  expect(await store.moves.running(seen)).toBe('ok');
  expect(await store.read(task)).toMatchObject({ status: 'running', upstreamStatus: 'Running', sequence: 4 });
  expect(await field(task, 'claim')).toBe('1');
  expect(await inFlight()).toBe(1);
});

test('running is refused under another claim, before submission and after the end', async () => {
  const { queued, waiting, finish, store } = setup(server.url);
  const seen = (task: string, claim: number) =>
    store.moves.running({ task, claim, upstreamStatus: 'Running', events: [] });
  const task = await waiting();
  expect(await seen(task, 0)).toBe('stale');
  expect(await seen(await queued(), 0)).toBe('stale');
  await finish(task, 'succeeded');
  expect(await seen(task, 1)).toBe('stale');
  expect(await seen('task_nobody', 1)).toBe('stale');
  expect(await store.read(task)).toMatchObject({ status: 'succeeded', runningAt: undefined });
});

test.each(FINAL)('a submitted task can end as %s, and leaves the open ones and the flight', async (status) => {
  const { waiting, finish, store, redis, inFlight } = setup(server.url);
  const task = await waiting();
  expect(await finish(task, status)).toBe('ok');
  const record = await store.read(task);
  expect(record).toMatchObject({ status, sequence: 4, upstream: { upstreamTaskId: 'up-1' } });
  expect(await redis.zscore(key('open'), task)).toBeNull();
  expect(await inFlight()).toBe(0);
});

test.each(FINAL)('what ended as %s never changes again', async (first) => {
  const { waiting, finish, redis } = setup(server.url);
  const task = await waiting();
  await finish(task, first);
  const before = await redis.hgetall(key('task', task));
  for (const second of FINAL) expect(await finish(task, second)).toBe('stale');
  expect(await redis.hgetall(key('task', task))).toEqual(before);
});

test('an end under another claim is refused', async () => {
  const { waiting, finish, field } = setup(server.url);
  const task = await waiting();
  expect(await finish(task, 'succeeded', { claim: 0 })).toBe('stale');
  expect(await finish(task, 'succeeded', { claim: 2 })).toBe('stale');
  expect(await field(task, 'status')).toBe('submitted');
});

test('a queued task does not succeed, and one that is being sent is neither canceled, expired nor succeeded', async () => {
  const { queued, submitting, finish, field } = setup(server.url);
  expect(await finish(await queued(), 'succeeded', { claim: 0 })).toBe('stale');
  const task = await submitting();
  for (const status of ['succeeded', 'expired', 'canceled'] as const) expect(await finish(task, status)).toBe('stale');
  expect(await field(task, 'status')).toBe('submitting');
  expect(await finish(task, 'failed')).toBe('ok');
});

test('a cancel that read the task as queued does not reach one that was claimed meanwhile', async () => {
  const { queued, claim, finish, field } = setup(server.url);
  const task = await queued();
  await claim(task);
  expect(await finish(task, 'canceled', { claim: 0 })).toBe('stale');
  expect(await field(task, 'status')).toBe('submitting');
});

test('a task that is gone cannot end', async () => {
  const { finish } = setup(server.url);
  expect(await finish('task_nobody', 'failed')).toBe('stale');
});

test('the indexes: every task is listed, failed and expired ones twice', async () => {
  const { waiting, finish, redis } = setup(server.url);
  const tasks = [];
  for (const status of FINAL) {
    const task = await waiting();
    await finish(task, status);
    tasks.push(task);
  }
  const [, failed, expired] = tasks;
  const members = async (name: readonly string[]) => (await indexed(redis, ...name)).sort();
  expect(await members(['tasks'])).toEqual([...tasks].sort());
  expect(await members(['caller', 'acme', 'tasks'])).toEqual([...tasks].sort());
  expect(await members(['failed'])).toEqual([failed, expired].sort());
  expect(await members(['caller', 'acme', 'failed'])).toEqual([failed, expired].sort());
  expect(await members(['open'])).toEqual([]);
});

test('a task without an event to deliver is kept for the retention from its end', async () => {
  const { waiting, finish, redis } = setup(server.url, { retentionMs: KEEP_MS });
  const task = await waiting({ payload: { input: { prompt: 'x'.repeat(1_000) } } });
  expect(await redis.pttl(key('task', task))).toBe(-1);
  await finish(task, 'succeeded');
  for (const name of ['task', 'payload']) {
    const left = await redis.pttl(key(name, task));
    expect(left).toBeGreaterThan(KEEP_MS - 60_000);
    expect(left).toBeLessThanOrEqual(KEEP_MS);
  }
});

test('a large payload goes sooner, and not before the end', async () => {
  const { queued, finish, redis } = setup(server.url, { retentionMs: KEEP_MS, payloadRetentionMs: HOUR_MS });
  const task = await queued({ payload: { input: { prompt: 'x'.repeat(17_000) } }, webhookUrl: HOOK });
  expect(await redis.pttl(key('payload', task))).toBe(-1);
  await finish(task, 'canceled', { claim: 0 });
  expect(await redis.pttl(key('payload', task))).toBeGreaterThan(HOUR_MS - 60_000);
  expect(await redis.pttl(key('payload', task))).toBeLessThanOrEqual(HOUR_MS);
  expect(await redis.pttl(key('task', task))).toBe(-1);
});

test('a large payload never outlives its record', async () => {
  const { queued, finish, redis } = setup(server.url, { retentionMs: HOUR_MS, payloadRetentionMs: DAY_MS });
  const task = await queued({ payload: { input: { prompt: 'x'.repeat(17_000) } } });
  await finish(task, 'canceled', { claim: 0 });
  expect(await redis.pttl(key('payload', task))).toBeLessThanOrEqual(HOUR_MS);
});

test('the timeline keeps its first line and the last ones, whatever happens', async () => {
  const { queued, claim, store, field } = setup(server.url);
  const task = await queued();
  for (let number = 1; number <= 60; number++) {
    await claim(task);
    await store.moves.requeue({ task, claim: number, why: 'not_sent', priority: 'normal', againMs: 1_000, holdMs: 0 });
  }
  const record = await store.read(task);
  expect(record?.sequence).toBe(121);
  expect(record?.timeline).toHaveLength(40);
  expect(record?.timeline[0]).toMatchObject({ sequence: 1, word: 'queued' });
  expect(record?.timeline.at(-1)).toMatchObject({ sequence: 121, word: 'queued', detail: 'not_sent' });
  expect((await field(task, 'timeline'))?.length).toBeLessThan(2_000);
});

test('a detail with line breaks cannot forge a line of the timeline', async () => {
  const { submitting, store } = setup(server.url);
  const task = await submitting();
  await store.moves.outcomeUnknown({
    task,
    claim: 1,
    error: UNKNOWN,
    priority: 'normal',
    againMs: 1_000,
    detail: 'reset\n9 9 succeeded',
  });
  const timeline = (await store.read(task))?.timeline ?? [];
  expect(timeline.map((entry) => entry.word)).toEqual(['queued', 'submitting', 'failed']);
});
