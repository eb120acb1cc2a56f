import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { type CancelDeps, cancelTask, type TaskRecord } from '../src/index.ts';
import { key, setup as openStore } from './setup.ts';

const server = redisForTests();

/** A store with a cancel whose commands can be tampered with. */
function setup(changes: Partial<CancelDeps> = {}) {
  const opened = openStore(server.url);
  const { store, clock } = opened;
  const deps: CancelDeps = {
    moves: store.moves,
    read: store.read,
    clock,
    resolveWithinMs: 300,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...changes,
  };
  const recordOf = async (id: string): Promise<TaskRecord> => {
    const task = await store.read(id);
    if (!task) throw new Error(`${id} is gone`);
    return task;
  };
  return { ...opened, deps, recordOf, cancel: async (id: string) => cancelTask(deps, await recordOf(id)) };
}

test('a queued task is canceled at no cost, with its event', async () => {
  const { queued, cancel, store, queues } = setup();
  const task = await queued({ webhookUrl: 'https://hooks.test/a' });
  const error = { code: 'canceled_by_caller', billed: 'no', retryable: false };
  expect(await cancel(task)).toMatchObject({ kind: 'canceled', task: { id: task, status: 'canceled', error } });
  expect(await store.deliveries.read(task, 'task.canceled')).toMatchObject({ delivery: { state: 'pending' } });
  expect(await queues.byName.deliver.getJob(`${task}-canceled-1`)).toBeDefined();
});

test('when an earlier POST of it may have been taken, nobody can say that nothing was billed', async () => {
  const { submitting, cancel, store } = setup();
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 1 });
  const error = { code: 'submit_unknown', message: '', retryable: true, billed: 'unknown' } as const;
  await store.moves.outcomeUnknown({ task, claim: 1, error, priority: 'normal', againMs: 1_000, detail: 'reset' });
  expect(await cancel(task)).toMatchObject({ kind: 'canceled', task: { error: { billed: 'unknown' } } });
});

test('canceling again gives the same task', async () => {
  const { queued, cancel } = setup();
  const task = await queued();
  const first = await cancel(task);
  expect(await cancel(task)).toEqual(first);
});

test('what was claimed meanwhile is already submitted, and goes on', async () => {
  const { queued, claim, recordOf, deps, field } = setup();
  const task = await queued();
  const seen = await recordOf(task);
  await claim(task);
  expect(await cancelTask(deps, seen)).toEqual({ kind: 'already_submitted' });
  expect(await field(task, 'status')).toBe('submitting');
});

test('what was claimed and given back meanwhile is canceled all the same', async () => {
  const { queued, claim, recordOf, deps, store } = setup();
  const task = await queued();
  const seen = await recordOf(task);
  await claim(task);
  await store.moves.requeue({ task, claim: 1, why: 'not_sent', priority: 'normal', againMs: 1_000, holdMs: 0 });
  expect(await cancelTask(deps, seen)).toMatchObject({ kind: 'canceled' });
});

test('what the upstream has is already submitted', async () => {
  const { waiting, cancel } = setup();
  expect(await cancel(await waiting())).toEqual({ kind: 'already_submitted' });
});

test.each(['succeeded', 'failed', 'expired', 'canceled'] as const)(
  'what ended as %s by itself is already final',
  async (status) => {
    const { waiting, finish, cancel } = setup();
    const task = await waiting();
    await finish(task, status);
    expect(await cancel(task)).toEqual({ kind: 'already_final' });
  },
);

test('a reply that is lost after the write is told as canceled', async () => {
  const opened = openStore(server.url);
  const lost: CancelDeps['moves'] = {
    async finish(about) {
      await opened.store.moves.finish(about);
      throw new Error('Command timed out');
    },
  };
  const { deps, recordOf } = setup({ moves: lost });
  const task = await opened.queued();
  expect(await cancelTask(deps, await recordOf(task))).toMatchObject({ kind: 'canceled' });
});

test('a write that nobody answers is not known while the task is still queued', async () => {
  const lost: CancelDeps['moves'] = {
    async finish() {
      throw new Error('Connection is closed.');
    },
  };
  const { queued, cancel } = setup({ moves: lost });
  expect(await cancel(await queued())).toEqual({ kind: 'unknown' });
});

test('a write that Redis refuses changed nothing, and that is said', async () => {
  const { queued, cancel, redis, field } = setup();
  const task = await queued();
  await redis.config('SET', 'maxmemory', '1');
  try {
    expect(await cancel(task)).toEqual({ kind: 'unavailable' });
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
  expect(await field(task, 'status')).toBe('queued');
});

test('a task that is gone is missing', async () => {
  const { queued, recordOf, deps, redis } = setup();
  const task = await queued();
  const seen = await recordOf(task);
  await redis.del(key('task', task));
  expect(await cancelTask(deps, seen)).toEqual({ kind: 'missing' });
});
