import { submitJob } from '@reelay/queues';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import type { NewTask } from '../src/index.ts';
import { key, setup, UNKNOWN } from './setup.ts';

const server = redisForTests();

/** A task that worker `w1` claimed, and looks at its claim. Redis TIME cannot be moved, so the first look is. */
async function claimed(changes: Partial<NewTask> = {}) {
  const opened = setup(server.url);
  const task = await opened.submitting(changes);
  const { redis, store } = opened;
  return {
    ...opened,
    task,
    look: (claim = 1) => store.moves.settleClaim({ task, claim, error: UNKNOWN }),
    workerLives: () => redis.set(key('worker', 'w1'), '1', 'PX', 5_000),
    workerIsGone: () => redis.del(key('worker', 'w1')),
    threeSecondsPass: () => redis.hincrby(key('task', task), 'absent_at', -3_000),
  };
}

test('a claim whose worker lives is left alone', async () => {
  const { look, workerLives, field, task } = await claimed();
  await workerLives();
  expect(await look()).toBe('alive');
  expect(await field(task, 'status')).toBe('submitting');
});

test('one look is not enough, nor are two within three seconds', async () => {
  const { look, field, task } = await claimed();
  expect(await look()).toBe('again');
  expect(await look()).toBe('again');
  expect(await field(task, 'status')).toBe('submitting');
});

test('two looks three seconds apart fail the task', async () => {
  const { look, threeSecondsPass, store, task, queues, inFlight } = await claimed({ webhookUrl: 'http://a.test/' });
  await look();
  await threeSecondsPass();
  expect(await look()).toBe('failed');
  expect(await store.read(task)).toMatchObject({ status: 'failed', error: UNKNOWN });
  expect(await inFlight()).toBe(0);
  expect(await queues.byName.deliver.getJob(`${task}-failed-1`)).toBeDefined();
});

test('a worker that was seen again between the looks starts the count anew', async () => {
  const { look, threeSecondsPass, workerLives, workerIsGone } = await claimed();
  await look();
  await threeSecondsPass();
  await workerLives();
  expect(await look()).toBe('alive');
  await workerIsGone();
  expect(await look()).toBe('again');
});

test('the first look at an older claim does not count for a newer one', async () => {
  const { look, threeSecondsPass, store, claim, task } = await claimed();
  await look();
  await threeSecondsPass();
  await store.moves.requeue({ task, claim: 1, why: 'not_sent', priority: 'normal', againMs: 1_000, holdMs: 0 });
  await claim(task);
  expect(await look(2)).toBe('again');
});

test('a settled claim goes back to the queue if the caller asked for it, woken by the job that is named', async () => {
  const { look, threeSecondsPass, store, task, queues } = await claimed({ onSubmitUnknown: 'resubmit' });
  await look();
  await threeSecondsPass();
  const wakeJob = submitJob({ task, claim: 1, priority: 'normal' });
  expect(await store.moves.settleClaim({ task, claim: 1, error: UNKNOWN, wakeJob })).toBe('requeued');
  expect(await store.read(task)).toMatchObject({ status: 'queued', wakeJob: `${task}-submit-1`, resubmits: 1 });
  expect(await queues.byName.submit.getJob(`${task}-submit-1`)).toBeDefined();
});

test('a look that changes nothing wakes nobody', async () => {
  const { look, workerLives, queues } = await claimed({ webhookUrl: 'http://a.test/' });
  await look();
  await workerLives();
  await look();
  expect(await queues.byName.deliver.getJobCounts('waiting', 'delayed')).toEqual({ waiting: 0, delayed: 0 });
});

test('an older claim, a settled task and a missing one are stale', async () => {
  const { look, store, task, submitted } = await claimed();
  expect(await look(0)).toBe('stale');
  await submitted(task);
  expect(await look()).toBe('stale');
  expect(await store.moves.settleClaim({ task: 'task_nobody', claim: 1, error: UNKNOWN })).toBe('stale');
});
