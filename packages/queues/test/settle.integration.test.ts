import { once } from 'node:events';
import { redisForTests } from '@reelay/testing';
import { DelayedError, type Job, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { again, DONE, type JobSpec, submitJob } from '../src/index.ts';
import { settle } from '../src/step.ts';
import { workerOptions } from '../src/worker-options.ts';
import { aDeliverJob, open, setup as setupQueues, TAG } from './setup.ts';

const shared = redisForTests();
const TOKEN = 'token-1';

/** A worker that fetches when it is told to, and the job that it holds. */
async function setup(spec: JobSpec = aDeliverJob()) {
  const { queues, jobOf } = setupQueues(shared.url);
  const options = workerOptions({
    redis: open(shared.url),
    tag: TAG,
    concurrency: 1,
    name: 'w_test',
    canBeHeld: false,
  });
  const worker = new Worker(spec.queue, null, options);
  onTestFinished(() => worker.close());
  const hold = async (id: string): Promise<Job> => {
    const job = (await worker.getNextJob(TOKEN)) as Job | undefined;
    expect(job?.id).toBe(id);
    return job as Job;
  };
  await queues.add(spec);
  const job = await hold(spec.id);
  return {
    queues,
    job,
    hold,
    worker,
    held: { worker, job, token: TOKEN, nowMs: Date.now() },
    reload: () => jobOf(spec),
  };
}

/** When a delayed job is due, in unix milliseconds: BullMQ keeps it in the upper bits of the score. */
async function dueAt(spec: JobSpec): Promise<number> {
  return Math.floor(Number(await shared.client.zscore(`${TAG}:${spec.queue}:delayed`, spec.id)) / 0x1000);
}

test('done leaves the job to BullMQ', async () => {
  const { held, reload } = await setup();
  await settle(DONE, held);
  expect(await (await reload()).getState()).toBe('active');
});

test('again moves the job to its time as it is, and that is no attempt', async () => {
  const { held, reload } = await setup();
  await expect(settle(again(5_000), held)).rejects.toThrow(DelayedError);
  const job = await reload();
  expect(await job.getState()).toBe('delayed');
  expect(job.data).toEqual(aDeliverJob().data);
  expect(job.attemptsMade).toBe(0);
  expect(await dueAt(aDeliverJob())).toBe(held.nowMs + 5_000);
});

test('a job may wait again and again without spending an attempt', async () => {
  const { held, hold, reload } = await setup();
  for (let i = 0; i < 20; i++) {
    await expect(settle(again(-5), { ...held, nowMs: Date.now() - 10 })).rejects.toThrow(DelayedError);
    held.job = await hold(aDeliverJob().id);
  }
  expect((await reload()).attemptsMade).toBe(0);
});

test('priority survives the wait', async () => {
  const spec = submitJob({ task: 'task_1', claim: 0, priority: 'low' });
  const { held, reload } = await setup(spec);
  await expect(settle(again(60_000), held)).rejects.toThrow(DelayedError);
  const job = await reload();
  expect(job.priority).toBe(3);
  await job.promote();
  expect(await job.getState()).toBe('prioritized');
});

test('one who no longer holds the job cannot move it', async () => {
  const { held, reload } = await setup();
  await shared.client.set(`${TAG}:deliver:${aDeliverJob().id}:lock`, 'token of another');
  const told = once(held.worker, 'error');
  await expect(settle(again(5_000), held)).rejects.toThrow(DelayedError); // BullMQ lets it be
  expect(String(await told)).toMatch(/lock/i);
  expect(await (await reload()).getState()).toBe('active');
});
