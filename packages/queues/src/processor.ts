import type { Job, Worker } from 'bullmq';
import { JOB_DATA_VERSION } from './job-specs.ts';
import { retryLater, type StepOutcome, settle } from './step.ts';

/** What BullMQ calls with a job and the token of its lock. */
export type Processor = (job: Job, token?: string) => Promise<void>;

/** `worker` is asked for when a job runs: BullMQ wants the processor before there is a worker. */
export interface Held {
  worker(): Worker;
  wallMs(): number;
  /** A step threw: the job is tried again. */
  onThrown(error: unknown, job: string): void;
}

/** What a step sees of its job. */
export interface Wake<D> {
  readonly data: D;
  readonly job: string;
  /** How often this job was taken over from a worker that let its lock run out. */
  readonly losses: number;
}

/** decode -> step -> settle. The step never sees BullMQ. */
export function processorOf<D extends { v: number }>(
  step: (wake: Wake<D>) => Promise<StepOutcome>,
  held: Held,
): Processor {
  return async (job, token = '') => {
    const id = job.id ?? '';
    const outcome = await run(() => step({ data: decode<D>(job), job: id, losses: job.stalledCounter }));
    const inHand = { worker: held.worker(), job, token, nowMs: held.wallMs() };
    if ('kind' in outcome) return settle(outcome, inHand);
    held.onThrown(outcome.thrown, id);
    return retryLater(inHand);
  };
}

async function run(step: () => Promise<StepOutcome>): Promise<StepOutcome | { thrown: unknown }> {
  try {
    return await step();
  } catch (thrown) {
    return { thrown };
  }
}

/** Job data is written by us alone; a newer release's form is left to its own workers. */
function decode<D extends { v: number }>(job: Job): D {
  const data = job.data as D;
  if (data.v > JOB_DATA_VERSION)
    throw new Error(`A newer release wrote this job (version ${data.v}): finish the upgrade`);
  return data;
}
