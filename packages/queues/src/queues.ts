import { type IRedisTransaction, Job, type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobSpec, QueueName } from './job-specs.ts';
import { QUEUE_NAMES } from './job-specs.ts';

/** The queues of one process, on one connection. */
export interface Queues {
  readonly byName: Readonly<Record<QueueName, Queue>>;
  /** A MULTI on the shared connection, in BullMQ's clothes: a raw ioredis one cannot take `addTo` (facts.md). */
  transaction(): Promise<IRedisTransaction>;
  /** Puts the job into the transaction: exactly one command. */
  addTo(transaction: IRedisTransaction, job: JobSpec): Promise<void>;
  /** Adds the job by itself. An id that is already there is left as it is. */
  add(job: JobSpec): Promise<void>;
  close(): Promise<void>;
}

export function openQueues(redis: Redis, options: { tag: string; onError(error: Error): void }): Queues {
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, {
      connection: redis,
      prefix: options.tag,
      streams: { events: { maxLen: 1_000 } },
      skipVersionCheck: true, // requireSafeRedis judges the version, with a sentence
    });
    queue.on('error', options.onError);
    return queue;
  };
  const byName = { submit: open('submit'), deliver: open('deliver') };
  const make = (job: JobSpec): Job => new Job(byName[job.queue], job.queue, job.data, optionsOf(job), job.id);
  return {
    byName,
    transaction: async () => (await byName.submit.getBackend().client).multi(),
    addTo: async (transaction, job) => void (await make(job).addJob(transaction)),
    add: async (job) => void (await byName[job.queue].add(job.queue, job.data, { ...optionsOf(job), jobId: job.id })),
    close: async () => void (await Promise.all(QUEUE_NAMES.map((name) => byName[name].close()))),
  };
}

/** BullMQ keeps them with every job, so only what differs from job to job is said here; the rest is the workers' options. */
function optionsOf(job: JobSpec): JobsOptions {
  return {
    ...(job.delayMs > 0 ? { delay: job.delayMs } : {}),
    ...(job.queue === 'submit' ? { priority: job.priority } : {}),
  };
}
