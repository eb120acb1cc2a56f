import { knownScript, type ScriptCall } from '@reelay/redis';
import { Job, type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobSpec, QueueName } from './job-specs.ts';
import { deliverJob, QUEUE_NAMES, submitJob } from './job-specs.ts';

/** The queues of one process, on one connection. */
export interface Queues {
  readonly byName: Readonly<Record<QueueName, Queue>>;
  /** What adds these jobs inside a transaction: one call for each. Throws for a job that BullMQ would not take. */
  addingCalls(jobs: readonly JobSpec[]): Promise<ScriptCall[]>;
  /** The scripts that such a call can name. */
  addingScripts(): Promise<readonly string[]>;
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
  let record: Recorder | undefined;
  async function addingCalls(jobs: readonly JobSpec[]): Promise<ScriptCall[]> {
    record ??= await recorder(byName.submit, redis);
    return jobs.map((job) => record?.(make(job)) ?? noCall(job));
  }

  return {
    byName,
    addingCalls,
    addingScripts: async () => (await addingCalls(ONE_OF_EACH_KIND)).map(({ name }) => name),
    add: async (job) => void (await byName[job.queue].add(job.queue, job.data, { ...optionsOf(job), jobId: job.id })),
    close: async () => void (await Promise.all(QUEUE_NAMES.map((name) => byName[name].close()))),
  };
}

/** BullMQ has a script for each. */
const ONE_OF_EACH_KIND: readonly JobSpec[] = [
  submitJob({ task: 'task', claim: 0, priority: 'normal' }),
  deliverJob({ task: 'task', event: 'task.failed', round: 1 }),
  deliverJob({ task: 'task', event: 'task.failed', round: 1 }, 1),
];

type Recorder = (job: Job) => ScriptCall | undefined;

/** BullMQ adds a job to a transaction within the call; this one only writes down what it would have sent. */
async function recorder(queue: Queue, redis: Redis): Promise<Recorder> {
  let call: ScriptCall | undefined;
  const transaction = Object.assign((await queue.getBackend().client).multi(), {
    runCommand(name: string, args: ScriptCall['args']) {
      call = { name, keys: knownScript(redis, name).numberOfKeys ?? 0, args };
      return transaction;
    },
  });
  return (job) => {
    call = undefined;
    job.addJob(transaction).catch(() => undefined);
    return call;
  };
}

function noCall(job: JobSpec): never {
  throw new Error(`BullMQ did not say at once how it adds ${job.id}`);
}

/** BullMQ keeps them with every job, so only what differs from job to job is said here; the rest is the workers' options. */
function optionsOf(job: JobSpec): JobsOptions {
  return {
    ...(job.delayMs > 0 ? { delay: job.delayMs } : {}),
    ...(job.queue === 'submit' ? { priority: job.priority } : {}),
  };
}
