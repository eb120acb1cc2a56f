import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { HOUR_MS, key, setup, UNKNOWN } from './setup.ts';

const server = redisForTests();

test("the upstream's answer is written with the time of its first poll", async () => {
  const { submitting, submitted, store, redis } = setup(server.url);
  const task = await submitting();
  const outcome = await submitted(task);
  const record = await store.read(task);
  expect(record).toMatchObject({ status: 'submitted', upstreamTaskId: 'up-1', sequence: 3 });
  expect(record).not.toHaveProperty('wakeJob'); // no job wakes it any more
  if (record?.status !== 'submitted') throw new Error('not submitted');
  expect(record.finishBy).toBe(record.submittedAt + 2 * HOUR_MS);
  expect(outcome).toEqual({ kind: 'ok', submittedAt: record.submittedAt, finishBy: record.finishBy });
  expect(await redis.zscore(key('polls'), task)).toBe(String(record.submittedAt + 5_000));
  expect(await redis.zscore(key('open'), task)).toBeNull();
});

test('an answer that is written again answers the same, whatever came after it', async () => {
  const { submitting, submitted, finish, store, inFlight } = setup(server.url);
  const task = await submitting();
  const first = await submitted(task);
  expect(await submitted(task)).toEqual(first);
  await store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
  expect(await submitted(task)).toEqual(first);
  await finish(task, 'succeeded');
  expect(await submitted(task)).toEqual(first);
  expect(await store.read(task)).toMatchObject({ status: 'succeeded', sequence: 5, lateUpstreamTaskId: undefined });
  expect(await inFlight()).toBe(0);
});

test('an answer that comes after its claim was settled is kept, and moves nothing', async () => {
  const { submitting, submitted, store } = setup(server.url);
  const task = await submitting();
  await store.moves.outcomeUnknown({
    task,
    claim: 1,
    error: UNKNOWN,
    priority: 'normal',
    againMs: 1_000,
    detail: 'reset',
  });
  expect(await submitted(task)).toEqual({ kind: 'late', status: 'failed' });
  const record = await store.read(task);
  expect(record).toMatchObject({ status: 'failed', error: UNKNOWN, lateUpstreamTaskId: 'up-1', sequence: 3 });
  expect(record?.timeline.at(-1)).toMatchObject({ word: 'late_answer', detail: 'up-1' });
});

test('a late answer under an older claim leaves the newer claim alone', async () => {
  const { submitting, submitted, claim, store } = setup(server.url);
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 1 });
  await store.moves.outcomeUnknown({
    task,
    claim: 1,
    error: UNKNOWN,
    priority: 'normal',
    againMs: 1_000,
    detail: 'reset',
  });
  await claim(task);
  expect(await submitted(task, { claim: 1, upstreamTaskId: 'up-old' })).toEqual({ kind: 'late', status: 'submitting' });
  expect(await submitted(task, { claim: 2, upstreamTaskId: 'up-new' })).toMatchObject({ kind: 'ok' });
  expect(await store.read(task)).toMatchObject({ upstreamTaskId: 'up-new', lateUpstreamTaskId: 'up-old' });
});

test('a late answer that is sent again stands in the timeline once', async () => {
  const { submitting, submitted, store } = setup(server.url);
  const task = await submitting();
  await store.moves.outcomeUnknown({
    task,
    claim: 1,
    error: UNKNOWN,
    priority: 'normal',
    againMs: 1_000,
    detail: 'reset',
  });
  await submitted(task);
  await submitted(task);
  const late = (await store.read(task))?.timeline.filter((entry) => entry.word === 'late_answer');
  expect(late).toHaveLength(1);
});

test('an answer for a task that is gone says so', async () => {
  const { submitted } = setup(server.url);
  expect(await submitted('task_nobody')).toEqual({ kind: 'missing' });
});

test('a claim given back makes the task claimable by a new job, under the next number', async () => {
  const { submitting, claim, store, inFlight } = setup(server.url);
  const task = await submitting();
  const requeue = { task, priority: 'normal', claim: 1, why: 'not_sent', againMs: 1_000, holdMs: 0 } as const;
  expect(await store.moves.requeue(requeue)).toBe('ok');
  expect(await inFlight()).toBe(0);
  expect(await store.read(task)).toMatchObject({
    status: 'queued',
    wakeJob: `${task}-submit-1`,
    earlierUnknown: false,
  });
  expect(await claim(task)).toMatchObject({ kind: 'claimed', claim: 2 });
});

test('a requeue that is sent again is fine, and under an older claim it is stale', async () => {
  const { submitting, claim, store, inFlight, field } = setup(server.url);
  const task = await submitting();
  const requeue = { task, priority: 'normal', claim: 1, why: 'not_sent', againMs: 1_000, holdMs: 0 } as const;
  await store.moves.requeue(requeue);
  expect(await store.moves.requeue(requeue)).toBe('ok');
  expect(await field(task, 'sequence')).toBe('3');
  await claim(task);
  expect(await store.moves.requeue(requeue)).toBe('stale');
  expect(await field(task, 'status')).toBe('submitting');
  expect(await inFlight()).toBe(1);
});

test('a 429 holds the account and the queue for as long as the upstream said', async () => {
  const { submitting, store, redis } = setup(server.url);
  const task = await submitting();
  await store.moves.requeue({
    task,
    claim: 1,
    why: 'rate_limited',
    priority: 'normal',
    againMs: 1_000,
    holdMs: 20_000,
  });
  expect(await redis.hget(key('account', 'default', 'hold'), 'why')).toBe('rate_limited');
  expect(await redis.pttl(key('account', 'default', 'hold'))).toBeGreaterThan(19_000);
  expect(await redis.pttl(key('submit', 'limiter'))).toBeGreaterThan(19_000);
});

test('a shorter 429 does not cut short the hold that a longer one began', async () => {
  const { submitting, store, redis } = setup(server.url);
  const [first, second] = [await submitting(), await submitting()];
  await store.moves.requeue({
    task: first,
    claim: 1,
    why: 'rate_limited',
    priority: 'normal',
    againMs: 1_000,
    holdMs: 60_000,
  });
  await store.moves.requeue({
    task: second,
    claim: 1,
    why: 'rate_limited',
    priority: 'normal',
    againMs: 1_000,
    holdMs: 1_000,
  });
  expect(await redis.pttl(key('account', 'default', 'hold'))).toBeGreaterThan(50_000);
  expect(await redis.pttl(key('submit', 'limiter'))).toBeGreaterThan(50_000);
});

test('an unknown outcome fails the task by default', async () => {
  const { submitting, store, inFlight } = setup(server.url);
  const task = await submitting();
  expect(
    await store.moves.outcomeUnknown({
      task,
      claim: 1,
      error: UNKNOWN,
      priority: 'normal',
      againMs: 1_000,
      detail: 'reset',
    }),
  ).toBe('failed');
  const record = await store.read(task);
  expect(record).toMatchObject({ status: 'failed', error: UNKNOWN });
  expect(record?.timeline.at(-1)).toMatchObject({ word: 'failed', detail: 'submit_unknown reset' });
  expect(await inFlight()).toBe(0);
});

test('a caller who asked for it gets so many resubmits and then a failure', async () => {
  const { submitting, claim, store, inFlight } = setup(server.url);
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 2 });
  const words = [];
  for (let number = 1; number <= 3; number++) {
    words.push(
      await store.moves.outcomeUnknown({
        task,
        claim: number,
        error: UNKNOWN,
        priority: 'normal',
        againMs: 1_000,
        detail: 'reset',
      }),
    );
    await claim(task);
  }
  expect(words).toEqual(['requeued', 'requeued', 'failed']);
  expect(await store.read(task)).toMatchObject({ status: 'failed', resubmits: 2, earlierUnknown: true, claim: 3 });
  expect(await inFlight()).toBe(0);
});

test('an unknown outcome under an older claim, or of a settled one, changes nothing', async () => {
  const { submitting, claim, store, field } = setup(server.url);
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 1 });
  const unknown = { task, priority: 'normal', claim: 1, error: UNKNOWN, detail: 'reset', againMs: 1_000 } as const;
  await store.moves.outcomeUnknown(unknown);
  expect(await store.moves.outcomeUnknown(unknown)).toBe('stale');
  await claim(task);
  expect(await store.moves.outcomeUnknown(unknown)).toBe('stale');
  expect(await field(task, 'status')).toBe('submitting');
  expect(await field(task, 'resubmits')).toBe('1');
});
