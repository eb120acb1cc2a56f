import { eventually, redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { again, DONE, JOB_DATA_VERSION, type StepOutcome, submitJob, type Wake } from '../src/index.ts';
import { aDeliverJob, setup, TAG } from './setup.ts';

const shared = redisForTests();
const ITEM = { task: 'task_1', event: 'task.succeeded', round: 1 };

test('a step is given its item and the id of its job, and how often that lost its worker', async () => {
  const { queues, work } = setup(shared.url);
  const given = Promise.withResolvers<object>();
  work(async (wake) => {
    given.resolve(wake);
    return DONE;
  });
  await queues.add(aDeliverJob());
  expect(await given.promise).toEqual({ item: ITEM, job: aDeliverJob().id, losses: 0 });
});

test('a step that says again is run again with the same item, and that is no loss', async () => {
  const { queues, work, log } = setup(shared.url);
  const runs: Wake<object>[] = [];
  work(async (wake) => (runs.push(wake) < 4 ? again(1) : DONE));
  await queues.add(aDeliverJob());
  const run = { item: ITEM, job: aDeliverJob().id, losses: 0 };
  await eventually(() => expect(runs).toEqual([run, run, run, run]));
  expect(log.lines).toEqual([]);
});

test('a job of a held queue goes back, and the queue rests until the limiter key ends', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  const job = submitJob({ task: 'task_1', claim: 0, priority: 'normal' });
  const other = submitJob({ task: 'task_2', claim: 0, priority: 'normal' });
  const runsAt: number[] = [];
  let outcome: StepOutcome = { kind: 'held_back' };
  work(
    async () => {
      runsAt.push(performance.now());
      if (outcome.kind === 'held_back') await shared.client.set(`${TAG}:submit:limiter`, '9007199254740991', 'PX', 600);
      const now = outcome;
      outcome = DONE;
      return now;
    },
    { queue: 'submit', concurrency: 1 },
  );
  await queues.add(job);
  await eventually(async () => {
    expect(runsAt).toHaveLength(1);
    expect(await (await jobOf(job)).getState()).toBe('prioritized');
  });
  expect((await jobOf(job)).attemptsMade).toBe(0);
  await queues.add(other); // a job that comes meanwhile rests too

  await eventually(() => expect(runsAt).toHaveLength(3));
  const [first = 0, second = 0] = runsAt;
  expect(second - first).toBeGreaterThan(500);
  expect(second - first).toBeLessThan(3_000);
});

test('a worker that has not seen the hold begin rests as well', async () => {
  const { queues, work } = setup(shared.url);
  await shared.client.set(`${TAG}:submit:limiter`, '9007199254740991', 'PX', 800);
  const heldAt = performance.now();
  await queues.add(submitJob({ task: 'task_1', claim: 0, priority: 'normal' }));
  const ranAt = Promise.withResolvers<number>();
  work(
    async () => {
      ranAt.resolve(performance.now());
      return DONE;
    },
    { queue: 'submit' },
  );
  expect((await ranAt.promise) - heldAt).toBeGreaterThan(700);
});

test('a hold whose key is deleted early ends at the latest when it would have ended by itself', async () => {
  const { queues, work } = setup(shared.url);
  const runsAt: number[] = [];
  work(
    async () => {
      runsAt.push(performance.now());
      if (runsAt.length > 1) return DONE;
      await shared.client.set(`${TAG}:submit:limiter`, '9007199254740991', 'PX', 1_000);
      return { kind: 'held_back' };
    },
    { queue: 'submit' },
  );
  await queues.add(submitJob({ task: 'task_1', claim: 0, priority: 'normal' }));
  await eventually(() => expect(runsAt).toHaveLength(1));
  await shared.client.del(`${TAG}:submit:limiter`);
  // A worker that has seen the hold remembers it: BullMQ does not look at the key again before its time.
  await eventually(() => expect(runsAt).toHaveLength(2));
  const [first = 0, second = 0] = runsAt;
  expect(second - first).toBeLessThan(2_500);
});

test('a step that throws is logged and tried again after a back-off, not failed', async () => {
  const { queues, work, jobOf, log } = setup(shared.url);
  await queues.add(aDeliverJob());
  work(async () => {
    throw new Error('Redis is away');
  });
  await eventually(async () => expect(await (await jobOf(aDeliverJob())).getState()).toBe('delayed'));
  expect(await jobOf(aDeliverJob())).toMatchObject({ attemptsMade: 1, delay: 1_000 });
  expect(log.lines).toEqual(['A step threw; it will be tried again: Redis is away']);
});

test('after a hundred errors the back-off is a minute, and the job still lives', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  await queues.add(aDeliverJob('task_1', 60_000));
  await shared.client.hset(`${TAG}:deliver:${aDeliverJob().id}`, 'atm', 100);
  await (await jobOf(aDeliverJob())).promote();
  work(async () => {
    throw new Error('again');
  });
  await eventually(async () => expect((await jobOf(aDeliverJob())).attemptsMade).toBe(101));
  expect(await (await jobOf(aDeliverJob())).getState()).toBe('delayed');
  expect((await jobOf(aDeliverJob())).delay).toBe(60_000);
});

test('a job that a newer release wrote is refused with a sentence and stays for its own workers', async () => {
  const { queues, work, jobOf, log } = setup(shared.url);
  const runs: unknown[] = [];
  const newer = aDeliverJob();
  if (newer.queue !== 'deliver') throw new Error('a deliver job');
  await queues.add({ ...newer, data: { ...newer.data, v: JOB_DATA_VERSION + 1 } });
  work(async ({ item }) => {
    runs.push(item);
    return DONE;
  });
  await eventually(() => expect(log.lines).toHaveLength(1));
  expect(log.lines[0]).toMatch(/A newer release wrote this job \(version 3\): finish the upgrade/);
  await eventually(async () => expect(await (await jobOf(newer)).getState()).toBe('delayed'));
  expect(runs).toEqual([]);
});

test('close waits for the step that runs, and then fetches no more', async () => {
  const { queues, work } = setup(shared.url);
  const began = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const ended: string[] = [];
  const workers = work(
    async ({ item }) => {
      began.resolve();
      await gate.promise;
      ended.push(item.task);
      return DONE;
    },
    { concurrency: 1 },
  );
  await queues.add(aDeliverJob('task_1'));
  await began.promise;
  await queues.add(aDeliverJob('task_2'));
  const closed = workers.close();
  gate.resolve();
  await closed;
  expect(ended).toEqual(['task_1']);
  expect(await queues.byName.deliver.getJobCounts()).toMatchObject({ active: 0, waiting: 1 });
});
