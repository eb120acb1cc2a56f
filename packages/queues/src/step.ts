import { DelayedError, type Job, RateLimitError, type Worker } from 'bullmq';

/**
 * What should happen with the job after a step. `again`: waiting, not an attempt; `data` replaces the job's data.
 * `held_back`: the whole queue is held (its rate-limit key is set); the job goes back to where it stood.
 * A thrown error is an error: BullMQ tries the job again after a back-off.
 */
export type StepOutcome = { kind: 'done' } | { kind: 'again'; afterMs: number; data?: object } | { kind: 'held_back' };

export const DONE: StepOutcome = { kind: 'done' };

export function again(afterMs: number, data?: object): StepOutcome {
  return data ? { kind: 'again', afterMs, data } : { kind: 'again', afterMs };
}

/**
 * Does with a job what its step returned: the only place that re-queues. Nothing may touch the job after the move, as
 * another worker may own it by then; so this is the last statement of every processor (facts.md, BullMQ).
 * Data and delay go in one round trip. `nowMs` is this machine's unix milliseconds, as BullMQ counts.
 */
export async function settle(
  outcome: StepOutcome,
  held: { worker: Worker; job: Job; token: string; nowMs: number },
): Promise<void> {
  switch (outcome.kind) {
    case 'done':
      return;
    case 'held_back':
      throw new RateLimitError();
    case 'again': {
      const { job, token } = held;
      const fields = outcome.data ? { fieldsToUpdate: { data: JSON.stringify(outcome.data) } } : {};
      await held.worker
        .getBackend()
        .moveToDelayed(job.id ?? '', held.nowMs, Math.max(0, outcome.afterMs), token, { skipAttempt: true, ...fields });
      throw new DelayedError();
    }
  }
}
