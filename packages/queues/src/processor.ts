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

/** decode -> step -> settle. The step sees the job's data and id, and never BullMQ. */
export function processorOf<D extends { v: number }>(
  step: (data: D, jobId: string) => Promise<StepOutcome>,
  held: Held,
): Processor {
  return async (job, token = '') => {
    const outcome = await step(decode<D>(job), job.id ?? '');
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
