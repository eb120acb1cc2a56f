import { setTimeout as sleep } from 'node:timers/promises';
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
  /**
   * Jobs in hand at once, for the slots that are free and the next ones; one at least. What is in hand waits here, though
   * another worker may be free. BullMQ asks again when a job ends, so where that takes long they must not be few.
   */
  jobs(freeSlots: number): number;
  /** A worker with nothing to do looks no more often than this, in milliseconds: what comes in between goes together. */
  readonly gatherMs: number;
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
  monotonicMs(): number;
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
  const { redis, queues, tag, workerId, log, wallMs, monotonicMs } = about;
  const { queue, concurrency, gatherMs } = lane;
  const activity: Activity = {
    lane: queue,
    concurrency,
    running: 0,
    fetched: 0,
    hasWork: () => hasWork(queues.byName[queue], wallMs()),
  };
  const jobs = () => Math.max(1, lane.jobs(concurrency - activity.running));
  const slots = createSlots(activity, () => {
    worker.concurrency = jobs();
  });
  const onThrown = (err: unknown, job: string) =>
    log.error({ err, queue, job }, 'A step threw; it will be tried again');
  const worker: Worker = new Worker(
    queue,
    lane.processor({ worker: () => worker, wallMs, inSlot: slots.inSlot, add: queues.add, onThrown }),
    workerOptions({ redis, tag, concurrency: jobs(), name: workerId, canBeHeld: queue === 'submit' }),
  );
  lookNoMoreOftenThan(gatherMs, worker, monotonicMs);
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

/**
 * In a trickle of jobs each one by itself costs every process several wakes, which is more than its work. BullMQ has no
 * setting for this: its worker asks the backend to wait for a job, and looks at once when that says so. It asks a little
 * later here, so that the marker of a job stays in Redis for whoever is free sooner.
 */
function lookNoMoreOftenThan(gatherMs: number, { backend }: Worker, monotonicMs: () => number): void {
  const waitForJob = backend.waitForJob.bind(backend);
  let lookedAt = Number.NEGATIVE_INFINITY;
  backend.waitForJob = async (timeoutS) => {
    const tooSoonMs = lookedAt + gatherMs - monotonicMs();
    if (tooSoonMs > 0) await sleep(tooSoonMs);
    const marker = await waitForJob(timeoutS);
    lookedAt = monotonicMs();
    return marker;
  };
}
