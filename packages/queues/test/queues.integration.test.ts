import { runTransaction } from '@reelay/redis';
import { eventually, redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { DONE, submitJob } from '../src/index.ts';
import { aDeliverJob, setup, TAG } from './setup.ts';

const shared = redisForTests();

test('a job leaves nothing behind when it is done', async () => {
  const { queues, work } = setup(shared.url);
  await queues.add(aDeliverJob());
  work(async () => DONE);
  await eventually(async () => expect(await shared.client.exists(`${TAG}:deliver:${aDeliverJob().id}`)).toBe(0));
});

test('a job keeps no options that are the same for all', async () => {
  const { queues } = setup(shared.url);
  await queues.add(submitJob({ task: 'task_1', claim: 0, priority: 'low' }));
  const kept = await shared.client.hget(`${TAG}:submit:task_1-submit-0`, 'opts');
  expect(JSON.parse(kept ?? '')).toEqual({ attempts: 0, jobId: 'task_1-submit-0', priority: 3 });
});

test('an id that is already there is left as it is', async () => {
  const { queues, jobOf } = setup(shared.url);
  await queues.add(aDeliverJob('task_1', 60_000));
  await queues.add(aDeliverJob('task_1', 0));
  expect(await (await jobOf(aDeliverJob())).getState()).toBe('delayed');
  expect(await queues.byName.deliver.getJobCounts()).toMatchObject({ delayed: 1, waiting: 0 });
});

test('the id of a job that runs is not taken by a second one', async () => {
  const { queues, work } = setup(shared.url);
  const runs: string[] = [];
  const gate = Promise.withResolvers<void>();
  await queues.add(aDeliverJob());
  work(async ({ job }) => {
    runs.push(job);
    await gate.promise;
    return DONE;
  });
  await eventually(() => expect(runs).toHaveLength(1));
  await queues.add(aDeliverJob());
  gate.resolve();
  await eventually(async () =>
    expect(await queues.byName.deliver.getJobCounts()).toMatchObject({ active: 0, waiting: 0 }),
  );
  expect(runs).toEqual([aDeliverJob().id]);
});

test('high before normal before low, whatever came first', async () => {
  const { queues, work } = setup(shared.url);
  for (const priority of ['low', 'normal', 'high', 'normal', 'low'] as const) {
    const task = `task_${priority}_${await queues.byName.submit.getJobCountByTypes('prioritized')}`;
    await queues.add(submitJob({ task, claim: 0, priority }));
  }
  const order: string[] = [];
  work(
    async ({ item }) => {
      order.push(item.task);
      return DONE;
    },
    { queue: 'submit', concurrency: 1 },
  );
  await eventually(() => expect(order).toHaveLength(5));
  expect(order).toEqual(['task_high_2', 'task_normal_1', 'task_normal_3', 'task_low_0', 'task_low_4']);
});

test('in a transaction a job is one script, and comes to be with the rest of it', async () => {
  const { queues, redis, jobOf } = setup(shared.url);
  await queues.add(aDeliverJob('task_0')); // BullMQ's scripts are loaded on first use
  const jobs = [aDeliverJob('task_1'), aDeliverJob('task_2')];
  const slots = await runTransaction(redis, await queues.addingCalls(jobs));
  expect(slots).toEqual(jobs.map(({ id }) => [null, id]));
  expect(await (await jobOf(aDeliverJob('task_1'))).getState()).toBe('waiting');
  expect(await (await jobOf(aDeliverJob('task_2'))).getState()).toBe('waiting');
});

test("all keys stand under one hash tag, and the events' stream is short", async () => {
  const { queues } = setup(shared.url);
  await queues.add(aDeliverJob());
  for (const key of await shared.client.keys('*')) expect(key).toMatch(/^\{reelay\}:(submit|deliver):/);
  expect(await shared.client.hget(`${TAG}:deliver:meta`, 'opts.maxLenEvents')).toBe('1000');
});
