import { eventually, redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { again, type DeliverItem, DONE, deliverJob, type StepOutcome } from '../src/index.ts';
import { aDeliverJob, aSharedJob, setup, TAG } from './setup.ts';

const shared = redisForTests();
const TASKS = ['task_1', 'task_2', 'task_3'] as const;

/** Runs of a lane whose steps do what the test says, by task. */
function runsOf() {
  const runs: string[] = [];
  const step = (act: (task: string, run: number) => Promise<StepOutcome> | StepOutcome) => {
    return async ({ item }: { item: DeliverItem }) => {
      runs.push(item.task);
      return act(item.task, runs.filter((task) => task === item.task).length);
    };
  };
  return { runs, step };
}

/** A promise that a test opens, at its end at the latest. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  onTestFinished(() => resolve());
  return { promise, open: () => resolve() };
}

test('a job that several share runs a step for each of them, and is then gone', async () => {
  const { queues, work } = setup(shared.url);
  const { runs, step } = runsOf();
  await queues.add(aSharedJob(...TASKS));
  work(step(() => DONE));
  await eventually(async () => {
    expect(runs).toEqual(TASKS);
    expect(await shared.client.exists(`${TAG}:deliver:${aSharedJob(...TASKS).id}`)).toBe(0);
  });
});

test('its steps run at once, as many as the lane has slots', async () => {
  const { queues, work } = setup(shared.url);
  const { runs, step } = runsOf();
  const all = gate();
  work(
    step(() => all.promise.then(() => DONE)),
    { concurrency: 2 },
  );
  await queues.add(aSharedJob(...TASKS));
  await eventually(() => expect(runs).toEqual(['task_1', 'task_2']));
  all.open();
  await eventually(() => expect(runs).toEqual(TASKS));
});

test('what waits keeps the job, and what is done is no longer in it', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  const { runs, step } = runsOf();
  const job = aSharedJob(...TASKS);
  await queues.add(job);
  work(step((task) => (task === 'task_2' ? again(60_000) : DONE)));
  await eventually(async () => expect(await (await jobOf(job)).getState()).toBe('delayed'));
  expect((await jobOf(job)).data).toEqual(aDeliverJob('task_2').data);
  expect(runs).toEqual(TASKS);
});

test('those that wait in one job wait for the first of them', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  const { step } = runsOf();
  const job = aSharedJob(...TASKS);
  await queues.add(job);
  work(step((task) => again(task === 'task_2' ? 40_000 : 60_000)));
  await eventually(async () => expect((await jobOf(job)).delay).toBe(40_000));
});

test('where each has a pace of its own, what waits leaves for its own job', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  const { step } = runsOf();
  const job = aSharedJob(...TASKS);
  await queues.add(job);
  work(
    step((task) => (task === 'task_3' ? DONE : again(task === 'task_1' ? 40_000 : 60_000))),
    {
      alone: (item, afterMs) => deliverJob(item, afterMs),
    },
  );
  await eventually(async () => expect(await queues.byName.deliver.getJob(job.id)).toBeUndefined());
  expect((await jobOf(aDeliverJob('task_1'))).delay).toBe(40_000);
  expect((await jobOf(aDeliverJob('task_2'))).delay).toBe(60_000);
  expect((await jobOf(aDeliverJob('task_2'))).data).toEqual(aDeliverJob('task_2').data);
  expect(await queues.byName.deliver.getJob(aDeliverJob('task_3').id)).toBeUndefined();
});

test('a step that throws is logged, and only that one is tried again', async () => {
  const { queues, work, jobOf, log } = setup(shared.url);
  const { step } = runsOf();
  const job = aSharedJob(...TASKS);
  await queues.add(job);
  work(
    step((task) => {
      if (task === 'task_2') throw new Error('Redis is away');
      return DONE;
    }),
  );
  await eventually(async () => expect(await (await jobOf(job)).getState()).toBe('delayed'));
  expect(log.lines).toEqual(['A step threw; it will be tried again: Redis is away']);
  expect(await jobOf(job)).toMatchObject({ attemptsMade: 1, delay: 1_000, data: aDeliverJob('task_2').data });
});

test('while the queue is held no further step begins, and the job goes back with what is left', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  const { runs, step } = runsOf();
  const job = aSharedJob(...TASKS, 'task_4');
  const held = { ...job, queue: 'submit', priority: 2 } as typeof job;
  await queues.add(held);
  work(
    step(async (task) => {
      if (task !== 'task_2') return DONE;
      await shared.client.set(`${TAG}:submit:limiter`, '9007199254740991', 'PX', 60_000);
      return { kind: 'held_back' };
    }),
    { queue: 'submit', concurrency: 1 },
  );
  await eventually(async () => {
    expect(runs).toEqual(['task_1', 'task_2']);
    expect(await (await jobOf(held)).getState()).toBe('prioritized');
  });
  const left = ['task_2', 'task_3', 'task_4'].flatMap((task): unknown[] => [...aDeliverJob(task).data.items]);
  expect((await jobOf(held)).data.items).toEqual(left);
});

test('a job that was taken over is gone through one by one', async () => {
  const { queues, work } = setup(shared.url);
  const { runs, step } = runsOf();
  const first = gate();
  const job = aSharedJob(...TASKS);
  await queues.add(job);
  await shared.client.hset(`${TAG}:deliver:${job.id}`, 'stc', 1);
  work(step(() => first.promise.then(() => DONE)));
  await eventually(() => expect(runs).toEqual(['task_1']));
  await new Promise(setImmediate);
  expect(runs).toEqual(['task_1']);
  first.open();
  await eventually(() => expect(runs).toEqual(TASKS));
});

test('a job of the release before, with one bare item, is understood', async () => {
  const { queues, work } = setup(shared.url);
  const given = Promise.withResolvers<DeliverItem>();
  work(async ({ item }) => {
    given.resolve(item);
    return DONE;
  });
  const [item] = aDeliverJob().data.items;
  await queues.byName.deliver.add('deliver', { v: 1, ...item }, { jobId: aDeliverJob().id });
  expect(await given.promise).toEqual(item);
});

test('a step that was taken lets its job go, and keeps its slot until the rest of it has ended', async () => {
  const { queues, work } = setup(shared.url);
  const { runs, step } = runsOf();
  const rest = gate();
  work(
    step((task) => (task === 'task_1' ? { kind: 'taken', rest: rest.promise } : DONE)),
    { concurrency: 1, jobs: () => 2 },
  );
  await queues.add(aDeliverJob('task_1'));
  await eventually(async () => expect(await queues.byName.deliver.getJob(aDeliverJob('task_1').id)).toBeUndefined());
  await queues.add(aDeliverJob('task_2'));
  await eventually(async () => expect(await queues.byName.deliver.getActiveCount()).toBe(1));
  expect(runs).toEqual(['task_1']);
  rest.open();
  await eventually(() => expect(runs).toEqual(['task_1', 'task_2']));
});

test('a worker whose slots are taken leaves further jobs to others, until they are free', async () => {
  const { queues, work } = setup(shared.url);
  const { runs, step } = runsOf();
  const rest = gate();
  let last: (() => Promise<StepOutcome>) | undefined;
  work(
    step(() => last?.() ?? { kind: 'taken', rest: rest.promise }),
    { concurrency: 3, jobs: (freeSlots) => (freeSlots > 0 ? 3 : 1) },
  );
  for (const task of TASKS) await queues.add(aDeliverJob(task));
  await eventually(() => expect(runs.toSorted()).toEqual(TASKS));
  await eventually(async () => expect(await queues.byName.deliver.getActiveCount()).toBe(0));
  for (const task of ['task_4', 'task_5', 'task_6']) await queues.add(aDeliverJob(task));
  await eventually(async () => expect(await queues.byName.deliver.getActiveCount()).toBe(1));
  expect(await queues.byName.deliver.getWaitingCount()).toBe(2);
  rest.open();
  await eventually(() => expect(runs).toHaveLength(6));

  const end = gate();
  last = () => end.promise.then(() => DONE);
  for (const task of ['task_7', 'task_8', 'task_9']) await queues.add(aDeliverJob(task));
  await eventually(async () => expect(await queues.byName.deliver.getActiveCount()).toBe(3));
  end.open();
});

test('close waits for the rest of what was taken', async () => {
  const { queues, work } = setup(shared.url);
  const { runs, step } = runsOf();
  const rest = gate();
  const workers = work(step(() => ({ kind: 'taken', rest: rest.promise })));
  await queues.add(aDeliverJob());
  await eventually(() => expect(runs).toHaveLength(1));
  let isClosed = false;
  const closed = workers.close().then(() => {
    isClosed = true;
  });
  await eventually(async () => expect(await queues.byName.deliver.getJob(aDeliverJob().id)).toBeUndefined());
  expect(isClosed).toBe(false);
  rest.open();
  await closed;
});

test('what was not begun when the worker closes is left to others, at once', async () => {
  const { queues, work, jobOf } = setup(shared.url);
  const { runs, step } = runsOf();
  const first = gate();
  const job = aSharedJob(...TASKS);
  const workers = work(
    step(() => first.promise.then(() => DONE)),
    { concurrency: 1 },
  );
  await queues.add(job);
  await eventually(() => expect(runs).toEqual(['task_1']));
  const closed = workers.close();
  first.open();
  await closed;
  expect(runs).toEqual(['task_1']);
  expect((await jobOf(job)).data.items).toHaveLength(2);
  work(step(() => DONE));
  await eventually(() => expect(runs).toEqual(TASKS));
});
