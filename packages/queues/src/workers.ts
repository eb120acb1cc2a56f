import { isConnectionError } from '@reelay/redis';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './job-specs.ts';
import type { Held, Processor } from './processor.ts';
import type { Queues } from './queues.ts';
import { type Activity, hasWork } from './watchdog.ts';
import { workerOptions } from './worker-options.ts';

/** One queue that this process works on. The processor is given its own worker, which settles jobs. */
export interface Lane {
  readonly queue: QueueName;
  readonly concurrency: number;
  processor(held: Held): Processor;
}

export interface Workers {
  readonly lanes: readonly Activity[];
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
  queues: Pick<Queues, 'byName'>;
  tag: string;
  workerId: string;
  log: WorkerLog;
  wallMs(): number;
  lanes: readonly Lane[];
}): Workers {
  const started = about.lanes.map((lane) => startWorker(lane, about));
  return {
    lanes: started.map(({ activity }) => activity),
    close: async () => void (await Promise.all(started.map(({ worker }) => worker.close()))),
  };
}

function startWorker(
  lane: Lane,
  about: Omit<Parameters<typeof startWorkers>[0], 'lanes'>,
): { worker: Worker; activity: Activity } {
  const { redis, tag, workerId, log, wallMs } = about;
  const { queue, concurrency } = lane;
  const activity: Activity = {
    lane: queue,
    concurrency,
    running: 0,
    fetched: 0,
    hasWork: () => hasWork(about.queues.byName[queue], wallMs()),
  };
  const onThrown = (err: unknown, job: string) =>
    log.error({ err, queue, job }, 'A step threw; it will be tried again');
  const worker: Worker = new Worker(
    queue,
    counted(activity, lane.processor({ worker: () => worker, wallMs, onThrown })),
    workerOptions({ redis, tag, concurrency, name: workerId, canBeHeld: queue === 'submit' }),
  );
  worker.on('error', (err) => {
    if (!isConnectionError(err)) log.warn({ err, queue }, 'A worker reports an error');
  });
  worker.on('stalled', (job) =>
    log.warn({ queue, job }, 'A job was taken over from a worker that let its lock run out'),
  );
  worker.run().catch((err: unknown) => log.error({ err, queue }, 'A worker ended'));
  return { worker, activity };
}

function counted(activity: Activity, process: Processor): Processor {
  return async (job, token) => {
    activity.fetched++;
    activity.running++;
    try {
      await process(job, token);
    } finally {
      activity.running--;
    }
  };
}
