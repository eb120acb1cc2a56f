import type { EventType } from '@reelay/contracts';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import type { Delivery, DeliveryAttempt, NewTask } from '../src/index.ts';
import { DAY_MS, key, setup } from './setup.ts';

const server = redisForTests();
const HOOK = 'https://hooks.test/a';
const KEEP_MS = 10 * DAY_MS;
const ATTEMPT: DeliveryAttempt = {
  number: 1,
  at: Date.UTC(2026, 0, 1),
  trigger: 'scheduled',
  status: 500,
  durationMs: 12,
};

/** A task that succeeded, whose event waits to be delivered. */
async function ended(changes: Partial<NewTask> = { webhookUrl: HOOK }) {
  const opened = setup(server.url, { retentionMs: KEEP_MS });
  const task = await opened.waiting(changes);
  await opened.finish(task, 'succeeded');
  const { createdAt = 0 } = (await opened.store.read(task)) ?? {};
  let nonces = 0;
  const record = (
    state: Delivery['state'],
    about: { round?: number; nonce?: string; attempt?: DeliveryAttempt } = {},
  ) =>
    opened.store.deliveries.record({
      task: { id: task, createdAt },
      event: 'task.succeeded',
      round: 1,
      state,
      againMs: 300_000,
      attempt: ATTEMPT,
      nonce: `nonce-${++nonces}`,
      gone: undefined,
      ...about,
    });
  const undelivered = () => opened.redis.zrange(key('undelivered'), '0', '-1');
  const left = () => opened.redis.pttl(key('task', task));
  const log = async () => (await opened.store.deliveries.list(task))[0]?.log;
  return { ...opened, task, record, undelivered, left, log };
}

test('an end whose task names a url has an event that waits and a job that delivers it', async () => {
  const { store, task, queues, undelivered, left } = await ended();
  expect(await store.deliveries.read(task, 'task.succeeded')).toMatchObject({
    task: { id: task, status: 'succeeded' },
    delivery: { state: 'pending', round: 1, attempts: 0, sequence: 4 },
  });
  expect(await undelivered()).toEqual([`${task} task.succeeded`]);
  expect(await queues.byName.deliver.getJob(`${task}-succeeded-1`)).toBeDefined();
  expect(await left()).toBe(-1);
});

test("an end goes to the caller's default endpoint when the task names none", async () => {
  const { queued, finish, store, redis } = setup(server.url);
  await redis.hset(key('caller', 'acme'), 'webhook_url', HOOK);
  const task = await queued();
  await finish(task, 'canceled', { claim: 0 });
  expect(await store.deliveries.read(task, 'task.canceled')).toMatchObject({ delivery: { state: 'pending' } });
});

test('an end that nobody wants to hear of has no event', async () => {
  const { store, task, undelivered, left } = await ended({});
  expect(await store.deliveries.read(task, 'task.succeeded')).toBeUndefined();
  expect(await undelivered()).toEqual([]);
  expect(await left()).toBeGreaterThan(0);
});

test('by default only the four ends are events', async () => {
  const { store, task, queues } = await ended();
  expect(await store.deliveries.read(task, 'task.submitted')).toBeUndefined();
  expect(await queues.byName.deliver.getJob(`${task}-submitted-1`)).toBeUndefined();
});

test('a task gets exactly the events that it asked for', async () => {
  const events = ['task.submitted', 'task.running', 'task.failed'] as const;
  const { waiting, finish, store, queues } = setup(server.url);
  const task = await waiting({ webhookUrl: HOOK, webhookEvents: events });
  await store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events });
  await finish(task, 'succeeded');
  expect(await store.deliveries.read(task, 'task.submitted')).toMatchObject({
    delivery: { state: 'pending', sequence: 3 },
  });
  expect(await store.deliveries.read(task, 'task.running')).toMatchObject({
    delivery: { state: 'pending', sequence: 4 },
  });
  expect(await store.deliveries.read(task, 'task.succeeded')).toBeUndefined();
  expect(await queues.byName.deliver.getJob(`${task}-submitted-1`)).toBeDefined();
  expect(await queues.byName.deliver.getJob(`${task}-running-1`)).toBeDefined();
});

test('a failed attempt is logged, and the delivery waits for the next', async () => {
  const { record, store, task, undelivered, redis } = await ended();
  expect(await record('pending')).toBe('ok');
  const delivery = (await store.deliveries.read(task, 'task.succeeded'))?.delivery;
  expect(delivery).toMatchObject({ state: 'pending', attempts: 1 });
  expect((await undelivered()).length).toBe(1);
  const score = await redis.zscore(key('undelivered'), `${task} task.succeeded`);
  expect(score).toBe(String((delivery?.nextAt ?? 0) - 300_000 + 45_000)); // looked after in 45 s, due or not
});

test('a delivered event is done, and the retention begins', async () => {
  const payload = { input: { prompt: 'x'.repeat(1_000) } };
  const { record, task, undelivered, left, redis } = await ended({ webhookUrl: HOOK, payload });
  expect(await record('delivered')).toBe('ok');
  expect(await undelivered()).toEqual([]);
  expect(await left()).toBeGreaterThan(KEEP_MS - 60_000);
  expect(await redis.pttl(key('payload', task))).toBeGreaterThan(KEEP_MS - 60_000);
});

test.each([
  ['an input of some size stays with it', 1_000, (left: number) => left === -1],
  ['a large one goes when it was to go', 17_000, (left: number) => left > 0],
])('while a new round runs nothing of the task ends; %s', async (_what, size, isRight) => {
  const payload = { input: { prompt: 'x'.repeat(size) } };
  const { record, store, task, left, redis } = await ended({ webhookUrl: HOOK, payload });
  await record('delivered');
  expect(await store.deliveries.redeliver(task, 'task.succeeded')).toBe('ok');
  expect(await left()).toBe(-1);
  expect(await redis.pttl(key('payload', task))).toSatisfy(isRight);
});

test("an exhausted event is kept, and stands in its caller's list", async () => {
  const { record, task, undelivered, left, redis } = await ended();
  await record('exhausted');
  expect(await undelivered()).toEqual([]);
  expect(await redis.zrange(key('caller', 'acme', 'exhausted'), '0', '-1')).toEqual([`${task} task.succeeded`]);
  expect(await left()).toBeGreaterThan(0);
});

test('an attempt that is written again counts once', async () => {
  const { record, store, task } = await ended();
  await record('delivered', { nonce: 'same' });
  expect(await record('delivered', { nonce: 'same' })).toBe('ok');
  expect(await store.deliveries.read(task, 'task.succeeded')).toMatchObject({ delivery: { attempts: 1 } });
});

test('an attempt of another round, of an ended delivery or of none is refused', async () => {
  const { record, store, task } = await ended();
  expect(await record('delivered', { round: 2 })).toBe('stale');
  await record('delivered');
  expect(await record('exhausted')).toBe('stale');
  expect(await store.deliveries.read(task, 'task.succeeded')).toMatchObject({
    delivery: { state: 'delivered', attempts: 1 },
  });
  const other = {
    task: { id: 'task_nobody', createdAt: 0 },
    event: 'task.failed',
    round: 1,
    state: 'delivered',
    againMs: 0,
  } as const;
  expect(await store.deliveries.record({ ...other, attempt: ATTEMPT, nonce: 'n', gone: undefined })).toBe('stale');
});

test('the retention waits for the last of several events, also when the first came before the end', async () => {
  const events = ['task.submitted', 'task.succeeded'] as const;
  const { waiting, finish, store, redis } = setup(server.url, { retentionMs: KEEP_MS });
  const task = await waiting({ webhookUrl: HOOK, webhookEvents: events });
  const deliver = (event: (typeof events)[number]) =>
    store.deliveries.record({
      task: { id: task, createdAt: 0 },
      event,
      round: 1,
      state: 'delivered',
      againMs: 0,
      attempt: ATTEMPT,
      nonce: event,
      gone: undefined,
    });
  await deliver('task.submitted');
  expect(await redis.pttl(key('task', task))).toBe(-1);
  await finish(task, 'succeeded');
  expect(await redis.pttl(key('task', task))).toBe(-1);
  await deliver('task.succeeded');
  expect(await redis.pttl(key('task', task))).toBeGreaterThan(0);
});

test.each<DeliveryAttempt>([
  { ...ATTEMPT, status: 200, head: '' },
  { ...ATTEMPT, status: 503, head: 'down "for"\nnow: \u2028 – 1 2 3', nextAt: ATTEMPT.at + 300_000 },
  { number: 3, at: ATTEMPT.at, trigger: 'manual', error: 'no_endpoint', durationMs: 0 },
])('an attempt is read as it was told: %j', async (attempt) => {
  const { record, log } = await ended();
  await record('pending', { attempt });
  await record('pending');
  expect(await log()).toEqual([attempt, ATTEMPT]);
});

test('a delivery in a form that is not known is refused with its sentence', async () => {
  const { store, task, redis } = await ended();
  const reads = (line: string) =>
    redis.hset(key('task', task), 'delivery.succeeded', line).then(() => store.deliveries.read(task, 'task.succeeded'));
  await expect(reads('1 lost 1 0 4 0 0 0 -')).rejects.toThrow(/its delivery is in the unknown state lost/);
  await expect(reads('1 pending 1 0')).rejects.toThrow(/its delivery "1 pending 1 0" is not in the form that is known/);
});

test('the log of attempts is capped', async () => {
  const { record, log } = await ended();
  for (let i = 1; i <= 70; i++) await record('pending', { attempt: { ...ATTEMPT, number: i } });
  expect((await log())?.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => i + 11));
});

test('an attempt that a new round has overtaken is told in the log and decides nothing', async () => {
  const { record, log, task, store } = await ended();
  expect(await record('delivered', { round: 2 })).toBe('stale');
  expect(await log()).toEqual([ATTEMPT]);
  expect(await store.deliveries.read(task, 'task.succeeded')).toMatchObject({
    delivery: { state: 'pending', attempts: 0, round: 1 },
  });
});

/** The last attempt at an event, after which its receiver has no address any more. */
function goneFor(task: string, event: EventType) {
  const now = { round: 1, state: 'exhausted', againMs: 0, attempt: ATTEMPT, nonce: 'n', gone: HOOK } as const;
  return { task: { id: task, createdAt: 0 }, event, ...now };
}

test('a default endpoint that is gone for good is marked so', async () => {
  const { queued, finish, store, redis } = setup(server.url);
  await redis.hset(key('caller', 'acme'), 'webhook_url', HOOK);
  const task = await queued();
  await finish(task, 'canceled', { claim: 0 });
  await store.deliveries.record(goneFor(task, 'task.canceled'));
  expect(Number(await redis.hget(key('caller', 'acme'), 'webhook_disabled_at'))).toBeGreaterThan(0);
});

test("a task's own address that is gone says nothing of its caller's", async () => {
  const { task, store, redis } = await ended();
  await store.deliveries.record(goneFor(task, 'task.succeeded'));
  expect(await redis.exists(key('caller', 'acme'))).toBe(0);
});

test('after its default endpoint is gone, a caller gets no further events there', async () => {
  const { queued, finish, store, redis } = setup(server.url);
  await redis.hset(key('caller', 'acme'), 'webhook_url', HOOK, 'webhook_disabled_at', '1');
  const task = await queued();
  await finish(task, 'canceled', { claim: 0 });
  expect(await store.deliveries.read(task, 'task.canceled')).toBeUndefined();
});
