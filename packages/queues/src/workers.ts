import { isConnectionError } from '@reelay/redis';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './job-specs.ts';
import type { Held, Processor } from './processor.ts';
import type { Queues } from './queues.ts';
import { createSlots } from './slots.ts';
import { type Activity, hasWork } from './watchdog.ts';
import { workerOptions } from './worker-options.ts';

/** One queue that this process works on. The processor is given its own worker, which settles jobs. */
export interface Lane {
  readonly queue: QueueName;
  /** Steps at once. */
  readonly concurrency: number;
  /** Jobs in hand at once, for the steps that are free and the next ones. */
  readonly jobs: number;
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
  queues: Pick<Queues, 'byName' | 'add'>;
  tag: string;
  workerId: string;
  log: WorkerLog;
  wallMs(): number;
  lanes: readonly Lane[];
}): Workers {
  const started = about.lanes.map((lane) => startWorker(lane, about));
  return {
    lanes: started.map(({ activity }) => activity),
    close: async () => void (await Promise.all(started.map((one) => one.close()))),
  };
}

function startWorker(
  lane: Lane,
  about: Omit<Parameters<typeof startWorkers>[0], 'lanes'>,
): { activity: Activity; close(): Promise<void> } {
  const { redis, queues, tag, workerId, log, wallMs } = about;
  const { queue, concurrency, jobs } = lane;
  const activity: Activity = {
    lane: queue,
    concurrency,
    running: 0,
    fetched: 0,
    hasWork: () => hasWork(queues.byName[queue], wallMs()),
  };
  const slots = createSlots(activity);
  const onThrown = (err: unknown, job: string) =>
    log.error({ err, queue, job }, 'A step threw; it will be tried again');
  const worker: Worker = new Worker(
    queue,
    lane.processor({ worker: () => worker, wallMs, inSlot: slots.inSlot, add: queues.add, onThrown }),
    workerOptions({ redis, tag, concurrency: jobs, name: workerId, canBeHeld: queue === 'submit' }),
  );
  worker.on('error', (err) => {
    if (!isConnectionError(err)) log.warn({ err, queue }, 'A worker reports an error');
  });
  worker.on('stalled', (job) =>
    log.warn({ queue, job }, 'A job was taken over from a worker that let its lock run out'),
  );
  worker.run().catch((err: unknown) => log.error({ err, queue }, 'A worker ended'));
  return {
    activity,
    async close() {
      slots.close();
      await worker.close();
      await slots.idle();
    },
  };
}
