/**
 * A job's life: decode -> a step for each thing that it wakes -> settle. The steps never see BullMQ.
 *
 * I1  What is done is done: a job that goes on carries only what is left of it.
 * I2  A job that was taken over is gone through one by one: when one of its steps ends its workers, only that one is blamed.
 * I3  While the queue is held, and while the worker closes, no further step of a job is begun.
 */
import type { Job, Worker } from 'bullmq';
import { JOB_DATA_VERSION, type JobData, type JobSpec } from './job-specs.ts';
import type { Result, Slots } from './slots.ts';
import { again, retryLater, type StepOutcome, settle } from './step.ts';

/** What BullMQ calls with a job and the token of its lock. */
export type Processor = (job: Job, token?: string) => Promise<void>;

/** What a lane lends to its processor. */
export interface Held {
  /** Asked for when a job runs: BullMQ wants the processor before there is a worker. */
  worker(): Worker;
  wallMs(): number;
  readonly inSlot: Slots['inSlot'];
  add(job: JobSpec): Promise<void>;
  /** A step threw: it is tried again. */
  onThrown(error: unknown, job: string): void;
}

/** What a step sees of its job. */
export interface Wake<I> {
  readonly item: I;
  readonly job: string;
  /** How often this job was taken over from a worker that let its lock run out. */
  readonly losses: number;
}

export interface Steps<I> {
  step(wake: Wake<I>): Promise<StepOutcome>;
  /** The job in which an item waits when it shares one with others; without it they all wait for the first of them. */
  alone?(item: I, afterMs: number): JobSpec;
}

function isOver(result: Result | undefined): boolean {
  return result?.kind === 'done' || result?.kind === 'taken';
}

const THROWN: Result = { kind: 'thrown' };
const NOT_BEGUN = again(0);

export function processorOf<I>(steps: Steps<I>, held: Held): Processor {
  return async (job, token = '') => {
    const result = await resultOf(job, steps, held);
    const inHand = { worker: held.worker(), job, token, nowMs: held.wallMs() };
    return result.kind === 'thrown' ? retryLater(inHand) : settle(result, inHand);
  };
}

async function resultOf<I>(job: Job, steps: Steps<I>, held: Held): Promise<Result> {
  const id = job.id ?? '';
  try {
    const { items, ...data } = decode<I>(job);
    const results = await runAll(items, { job: id, losses: job.stalledCounter }, { steps, held });
    const left = items.filter((_item, index) => !isOver(results[index]));
    if (left.length > 0 && left.length < items.length) await job.updateData({ ...data, items: left }); // I1
    return together(results);
  } catch (error) {
    held.onThrown(error, id);
    return THROWN;
  }
}

async function runAll<I>(
  items: readonly I[],
  about: Omit<Wake<I>, 'item'>,
  { steps, held }: { steps: Steps<I>; held: Held },
): Promise<Result[]> {
  let isHeldBack = false;
  const run = async (item: I): Promise<Result> => {
    const result = await held.inSlot(async () => (isHeldBack ? NOT_BEGUN : runStep({ ...about, item }, steps, held)));
    if (result?.kind === 'held_back') isHeldBack = true; // I3
    if (result?.kind === 'again' && items.length > 1 && steps.alone) {
      await held.add(steps.alone(item, result.afterMs));
      return { kind: 'done' };
    }
    return result ?? NOT_BEGUN;
  };
  if (about.losses === 0) return Promise.all(items.map(run));
  const results: Result[] = [];
  for (const item of items) results.push(await run(item)); // I2
  return results;
}

async function runStep<I>(wake: Wake<I>, { step }: Steps<I>, held: Held): Promise<Result> {
  try {
    return await step(wake);
  } catch (error) {
    held.onThrown(error, wake.job);
    return THROWN;
  }
}

/** What the job does after all its steps: that which the most urgent of them asks for. */
function together(results: readonly Result[]): Result {
  const heldBack = results.find(({ kind }) => kind === 'held_back');
  const thrown = results.find(({ kind }) => kind === 'thrown');
  const waits = results.flatMap((result) => (result.kind === 'again' ? [result.afterMs] : []));
  return heldBack ?? thrown ?? (waits.length > 0 ? again(Math.min(...waits)) : { kind: 'done' });
}

/** Job data is written by us alone; a newer release's form is left to its own workers. The first had one item, bare. */
function decode<I>(job: Job): JobData<I> {
  const { v, ...data } = job.data as { v: number };
  if (v > JOB_DATA_VERSION) throw new Error(`A newer release wrote this job (version ${v}): finish the upgrade`);
  return v === 1 ? { v: JOB_DATA_VERSION, items: [data as I] } : (job.data as JobData<I>);
}
