import { DelayedError, type Job, RateLimitError, type Worker } from 'bullmq';

/**
 * What should happen with the job after a step. `again`: waiting, not an attempt. `taken`: the record stands for it now; the
 * step goes on without its job until `rest`, which must not reject, has ended.
 * `held_back`: the whole queue is held (its rate-limit key is set); the job goes back to where it stood.
 * A thrown error is an error: the job is tried again after a back-off.
 */
export type StepOutcome =
  | { kind: 'done' }
  | { kind: 'taken'; rest: Promise<void> }
  | { kind: 'again'; afterMs: number }
  | { kind: 'held_back' };

export const DONE: StepOutcome = { kind: 'done' };

export function again(afterMs: number): StepOutcome {
  return { kind: 'again', afterMs };
}

/** A job that this process holds. `nowMs` is this machine's unix milliseconds, as BullMQ counts. */
export interface InHand {
  readonly worker: Worker;
  readonly job: Job;
  readonly token: string;
  readonly nowMs: number;
}

/** BullMQ's signals, made once: an error's stack costs more than the move. */
const MOVED = new DelayedError();
const HELD_BACK = new RateLimitError();
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Does with a job what its step returned: the only place that re-queues. Nothing may touch the job after the move, as
 * another worker may own it by then; so this is the last statement of every processor (facts.md, BullMQ).
 */
export async function settle(outcome: StepOutcome, held: InHand): Promise<void> {
  switch (outcome.kind) {
    case 'done':
    case 'taken':
      return;
    case 'held_back':
      throw HELD_BACK;
    case 'again':
      return delay(held, { afterMs: Math.max(0, outcome.afterMs), skipAttempt: true });
  }
}

/** After a step that threw: without end, as budgets and deadlines live in the record; only these count as attempts. */
export function retryLater(held: InHand): Promise<void> {
  const afterMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(held.job.attemptsMade, 10), LONGEST_RETRY_MS);
  return delay(held, { afterMs, skipAttempt: false });
}

/**
 * If Redis does not take the move, the job stays as it is: its lock runs out and another worker takes it over. BullMQ's
 * own failing would remove it.
 */
async function delay(
  { worker, job, token, nowMs }: InHand,
  { afterMs, ...options }: { afterMs: number; skipAttempt: boolean },
): Promise<void> {
  try {
    await worker.getBackend().moveToDelayed(job.id ?? '', nowMs, afterMs, token, options);
  } catch (error) {
    worker.emit('error', error as Error);
  }
  throw MOVED;
}
