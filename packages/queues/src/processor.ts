import type { Job, Worker } from 'bullmq';
import { JOB_DATA_VERSION } from './job-specs.ts';
import { type StepOutcome, settle } from './step.ts';

/** What BullMQ calls with a job and the token of its lock. */
export type Processor = (job: Job, token?: string) => Promise<void>;

/** `worker` is asked for when a job runs: BullMQ wants the processor before there is a worker. */
export interface Held {
  worker(): Worker;
  wallMs(): number;
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
    const outcome = await step({ data: decode<D>(job), job: job.id ?? '', losses: job.stalledCounter });
    await settle(outcome, { worker: held.worker(), job, token, nowMs: held.wallMs() });
  };
}

/** Job data is written by us alone; a newer release's form is left to its own workers. */
function decode<D extends { v: number }>(job: Job): D {
  const data = job.data as D;
  if (data.v > JOB_DATA_VERSION)
    throw new Error(`A newer release wrote this job (version ${data.v}): finish the upgrade`);
  return data;
}
