import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './job-specs.ts';
import type { Held, Processor } from './processor.ts';
import { workerOptions } from './worker-options.ts';

/** One queue that this process works on. The processor is given its own worker, which settles jobs. */
export interface Lane {
  readonly queue: QueueName;
  readonly concurrency: number;
  processor(held: Held): Processor;
}

export interface Workers {
  /** Stops fetching, waits for the steps that run, and lets go. */
  close(): Promise<void>;
}

/** What the workers need of a logger (pino's fits). */
interface WorkerLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Starts a BullMQ worker per lane, on one shared connection and a blocking one each. */
export function startWorkers(about: {
  redis: Redis;
  tag: string;
  workerId: string;
  log: WorkerLog;
  wallMs(): number;
  lanes: readonly Lane[];
}): Workers {
  const workers = about.lanes.map((lane) => startWorker(lane, about));
  return { close: async () => void (await Promise.all(workers.map((worker) => worker.close()))) };
}

function startWorker(lane: Lane, about: Omit<Parameters<typeof startWorkers>[0], 'lanes'>): Worker {
  const { redis, tag, workerId, log } = about;
  const worker: Worker = new Worker(
    lane.queue,
    lane.processor({ worker: () => worker, wallMs: about.wallMs }),
    workerOptions({ redis, tag, concurrency: lane.concurrency, name: workerId }),
  );
  const queue = lane.queue;
  worker.on('error', (err) => log.warn({ err, queue }, 'A worker reports an error'));
  worker.on('failed', (job, err) => log.error({ err, queue, job: job?.id }, 'A step threw; it will be tried again'));
  worker.on('stalled', (job) =>
    log.warn({ queue, job }, 'A job was taken over from a worker that let its lock run out'),
  );
  worker.run().catch((err: unknown) => log.error({ err, queue }, 'A worker ended'));
  return worker;
}
