import { redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { addMissing, DONE, deliverJob, type JobSpec, submitJob } from '../src/index.ts';
import { aDeliverJob, aSharedJob, setup, TAG } from './setup.ts';

const shared = redisForTests();
const SUBMIT = submitJob({ task: 'task_1', claim: 0, priority: 'high' });
const DELIVER = deliverJob({ task: 'task_1', event: 'task.failed', round: 2 }, 60_000);

const wakeUps = (...jobs: readonly JobSpec[]) => jobs.map((job) => ({ job }));

/** All that stands in Redis of a job, to see that nothing was done to it. */
async function everythingOf(job: JobSpec) {
  const base = `${TAG}:${job.queue}`;
  const [hash, delayed, prioritized, waiting, active] = await Promise.all([
    shared.client.hgetall(`${base}:${job.id}`),
    shared.client.zscore(`${base}:delayed`, job.id),
    shared.client.zscore(`${base}:prioritized`, job.id),
    shared.client.lrange(`${base}:wait`, 0, -1),
    shared.client.lrange(`${base}:active`, 0, -1),
  ]);
  return { hash, delayed, prioritized, waiting, active };
}

test('jobs that are gone are put back as they are described, each in its queue', async () => {
  const { queues, jobOf } = setup(shared.url);
  const added = await addMissing(queues, wakeUps(SUBMIT, aDeliverJob(), DELIVER));
  expect(added).toEqual([SUBMIT, aDeliverJob(), DELIVER]);
  expect(await (await jobOf(SUBMIT)).getState()).toBe('prioritized');
  expect(await jobOf(SUBMIT)).toMatchObject({ data: SUBMIT.data, priority: 1 });
  expect(await (await jobOf(aDeliverJob())).getState()).toBe('waiting');
  expect((await jobOf(aDeliverJob())).data).toEqual(aDeliverJob().data);
  expect(await (await jobOf(DELIVER)).getState()).toBe('delayed');
  expect((await jobOf(DELIVER)).delay).toBe(60_000);
});

test.each([
  ['delayed', aDeliverJob('task_1', 60_000)],
  ['waiting', aDeliverJob()],
  ['prioritized', SUBMIT],
] as const)('a %s job is left exactly as it is', async (state, spec) => {
  const { queues, jobOf } = setup(shared.url);
  await queues.add(spec);
  expect(await (await jobOf(spec)).getState()).toBe(state);
  const before = await everythingOf(spec);
  expect(await addMissing(queues, wakeUps(spec))).toEqual([]);
  expect(await everythingOf(spec)).toEqual(before);
});

test('a job that is being worked on is left exactly as it is', async () => {
  const { queues, work } = setup(shared.url);
  const began = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  work(async () => {
    began.resolve();
    await gate.promise;
    return DONE;
  });
  onTestFinished(() => gate.resolve()); // before the worker is closed
  await queues.add(aDeliverJob());
  await began.promise;
  const before = await everythingOf(aDeliverJob());
  expect(before.active).toEqual([aDeliverJob().id]);
  expect(await addMissing(queues, wakeUps(aDeliverJob()))).toEqual([]);
  expect(await everythingOf(aDeliverJob())).toEqual(before);
});

test('a job of a queue that the operator paused is not missing', async () => {
  const { queues } = setup(shared.url);
  await queues.byName.deliver.pause();
  await queues.add(aDeliverJob());
  expect(await addMissing(queues, wakeUps(aDeliverJob()))).toEqual([]);
  expect(await queues.byName.deliver.count()).toBe(1);
});

test('a hash that stands in no list does not hide that its job is gone', async () => {
  const { queues, jobOf } = setup(shared.url);
  await shared.client.hset(`${TAG}:submit:${SUBMIT.id}`, 'name', 'submit', 'data', '{"v":0}', 'stc', '7');
  expect(await addMissing(queues, wakeUps(SUBMIT))).toEqual([SUBMIT]);
  expect(await (await jobOf(SUBMIT)).getState()).toBe('prioritized');
  expect(await jobOf(SUBMIT)).toMatchObject({ data: SUBMIT.data, stalledCounter: 0 });
});

test('several that find the same job missing leave one of it, which is worked on once', async () => {
  const { queues, work } = setup(shared.url);
  const others = [queues, setup(shared.url).queues, setup(shared.url).queues];
  const jobs = Array.from({ length: 20 }, (_, i) => aDeliverJob(`task_${i}`));
  await Promise.all(others.map((each) => addMissing(each, wakeUps(...jobs))));
  expect(await queues.byName.deliver.getJobCounts('wait', 'delayed', 'active')).toEqual({
    wait: 20,
    delayed: 0,
    active: 0,
  });
  const runs: string[] = [];
  const all = Promise.withResolvers<void>();
  work(async ({ item }) => {
    if (runs.push(item.task) === 20) all.resolve();
    return DONE;
  });
  await all.promise;
  expect(new Set(runs).size).toBe(20);
});

test('what BullMQ knows under the job that it shares is left as it is; with neither there its own is put back', async () => {
  const { queues, jobOf } = setup(shared.url);
  const [first, second] = [aDeliverJob('task_1'), aDeliverJob('task_2')];
  const both = aSharedJob('task_1', 'task_2');
  const sought = [first, second].map((job) => ({ job, sharedAs: both.id }));
  await queues.add(both);
  expect(await addMissing(queues, sought)).toEqual([]);
  await queues.byName.deliver.remove(both.id);
  expect(await addMissing(queues, sought)).toEqual([first, second]);
  expect((await jobOf(second)).data).toEqual(second.data);
  expect(await addMissing(queues, sought)).toEqual([]);
});

test('with nothing to look for nothing is asked', async () => {
  const { queues } = setup(shared.url);
  expect(await addMissing(queues, [])).toEqual([]);
});
