import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { acceptTask } from '../src/index.ts';
import { aNewTask, indexed, key, setup as openStore, TAG, UNKNOWN } from './setup.ts';

const server = redisForTests();

/** A store that accepts under a cap of queued tasks. */
function setup() {
  const opened = openStore(server.url);
  const { redis, store, clock } = opened;
  const times = { commandTimeoutMs: 5_000, resolveWithinMs: 5_000, sleep: async () => {} };
  const deps = { redis, commit: store.commit, tag: TAG, clock, ...times };
  return {
    ...opened,
    acceptAtMost: (mostQueued: number, task = aNewTask(), idempotency?: { key: string; request: string }) =>
      acceptTask(deps, task, { mostQueued, idempotency }),
    queuedOf: async (caller = 'acme') => Number(await redis.get(key('caller', caller, 'queued'))),
  };
}

test('above the cap nothing is accepted, and nothing of it is left', async () => {
  const { acceptAtMost, redis, queuedOf } = setup();
  await acceptAtMost(2);
  await acceptAtMost(2);
  expect(await acceptAtMost(2)).toEqual({ kind: 'queue_full', queued: 2 });
  expect(await indexed(redis, 'tasks')).toHaveLength(2);
  expect(await queuedOf()).toBe(2);
});

test('a hundred at once do not get over the cap', async () => {
  const { acceptAtMost, queuedOf } = setup();
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => acceptAtMost(7)));
  expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(7);
  expect(await queuedOf()).toBe(7);
});

test('the cap is per caller', async () => {
  const { acceptAtMost } = setup();
  await acceptAtMost(1);
  expect(await acceptAtMost(1, aNewTask({ caller: 'other' }))).toMatchObject({ kind: 'accepted' });
});

test('a replay is answered although the queue is full', async () => {
  const { acceptAtMost } = setup();
  const keyed = { key: 'k', request: 'r' };
  const first = aNewTask();
  await acceptAtMost(1, first, keyed);
  expect(await acceptAtMost(1, aNewTask(), keyed)).toEqual({ kind: 'replayed', id: first.id });
});

test('a create that is sent again counts once', async () => {
  const { acceptAtMost, queuedOf } = setup();
  const task = aNewTask();
  await acceptAtMost(1, task);
  expect(await acceptAtMost(1, task)).toEqual({ kind: 'accepted', id: task.id });
  expect(await queuedOf()).toBe(1);
});

test('a claim makes room, and a task that comes back to the queue takes it again', async () => {
  const { queued, claim, store, queuedOf } = setup();
  const task = await queued();
  await claim(task);
  expect(await queuedOf()).toBe(0);
  await store.moves.requeue({ task, claim: 1, why: 'not_sent', priority: 'normal', againMs: 1_000, holdMs: 0 });
  expect(await queuedOf()).toBe(1);
  await claim(task);
  expect(await queuedOf()).toBe(0);
});

test('a resubmit of an unknown outcome is queued again, and counted', async () => {
  const { submitting, store, queuedOf } = setup();
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 1 });
  await store.moves.outcomeUnknown({
    task,
    claim: 1,
    error: UNKNOWN,
    priority: 'normal',
    againMs: 1_000,
    detail: 'reset',
  });
  expect(await queuedOf()).toBe(1);
});

test.each(['canceled', 'expired', 'failed'] as const)('a queued task that ends as %s makes room', async (status) => {
  const { queued, finish, queuedOf } = setup();
  await finish(await queued(), status, { claim: 0 });
  expect(await queuedOf()).toBe(0);
});

test('tasks that an older release made were never counted, and do not take the count below nothing', async () => {
  const { queued, claim, acceptAtMost, redis, queuedOf } = setup();
  const [first, second] = [await queued(), await queued()];
  await redis.del(key('caller', 'acme', 'queued'));
  await claim(first);
  await claim(second);
  expect(await queuedOf()).toBe(0);
  await acceptAtMost(5);
  expect(await queuedOf()).toBe(1);
});
