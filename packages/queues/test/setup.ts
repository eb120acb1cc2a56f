import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import {
  type DeliverItem,
  deliverJob,
  type JobSpec,
  type Lane,
  openQueues,
  processorOf,
  type QueueName,
  type StepOutcome,
  type Steps,
  shareJobs,
  startWorkers,
  type Wake,
} from '../src/index.ts';

export const TAG = '{reelay}';

type Step = (wake: Wake<DeliverItem>) => Promise<StepOutcome>;

/** A log that keeps its lines, errors' messages included. */
function aLog() {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => {
    const { err } = fields as { err?: Error };
    lines.push(err ? `${message}: ${err.message}` : message);
  };
  return { lines, info: keep, warn: keep, error: keep };
}

/** Queues on a connection of their own, and workers on another; all end with the test. */
export function setup(url: string) {
  const log = aLog();
  const redis = open(url);
  const queues = openQueues(redis, { tag: TAG, onError: (err) => log.warn({ err }, 'queue') });
  onTestFinished(() => queues.close());

  function work(
    step: Step,
    about: {
      queue?: QueueName;
      concurrency?: number;
      jobs?: Lane['jobs'];
      gatherMs?: number;
      alone?: Steps<DeliverItem>['alone'];
    } = {},
  ) {
    const { queue = 'deliver', concurrency = 10, jobs = () => concurrency, gatherMs = 0, alone } = about;
    const steps = { step, ...(alone && { alone }) };
    const lane: Lane = { queue, concurrency, jobs, gatherMs, processor: (held) => processorOf(steps, held) };
    const workers = startWorkers({
      redis: open(url),
      queues,
      tag: TAG,
      workerId: 'w_test',
      log,
      wallMs: Date.now,
      monotonicMs: () => performance.now(),
      lanes: [lane],
    });
    onTestFinished(() => workers.close());
    return workers;
  }

  async function jobOf(spec: JobSpec): Promise<Job> {
    const job = (await queues.byName[spec.queue].getJob(spec.id)) as Job | undefined;
    if (!job) throw new Error(`There is no job ${spec.id}`);
    return job;
  }

  return { queues, redis, log, work, jobOf };
}

export function aDeliverJob(task = 'task_1', delayMs = 0): JobSpec {
  return deliverJob({ task, event: 'task.succeeded', round: 1 }, delayMs);
}

/** A job that several tasks share. */
export function aSharedJob(...tasks: readonly string[]): JobSpec {
  const [job] = shareJobs(tasks.map((task) => aDeliverJob(task)));
  if (!job) throw new Error('A job is shared by somebody');
  return job;
}

/** Connections end last: hooks run in reverse order. */
export function open(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}
