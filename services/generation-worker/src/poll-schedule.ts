/** Milliseconds. `usualMs` is how long a task of this model usually takes. */
export interface PollTiming {
  readonly intervalMs: number;
  readonly usualMs: number;
}

const JITTER = 0.1;
const SLOWEST = 6;
const LONGEST_BACKOFF_MS = 60_000;
const LONGEST_RETRY_AFTER_MS = 10 * 60_000;

/**
 * When a task that still runs is polled again: every interval with jitter, slower the longer it is past twice the
 * model's usual time. Pure: `ageMs` counts from the submit, `leftMs` to the deadline, `random` is 0 to 1.
 */
export function nextPollMs(task: { ageMs: number; leftMs: number }, timing: PollTiming, random: number): number {
  const slower = Math.min(Math.max(task.ageMs / (2 * timing.usualMs), 1), SLOWEST);
  const spacedMs = timing.intervalMs * slower * (1 - JITTER + 2 * JITTER * random);
  // The deadline is judged by the poll after it: let that one come soon after the deadline.
  return Math.round(task.leftMs > 0 ? Math.min(spacedMs, task.leftMs + 50) : spacedMs);
}

/** When a poll that failed `failures` times in a row is tried again; the upstream's Retry-After is honoured. */
export function failedPollMs(
  poll: { failures: number; retryAfterMs: number | undefined },
  timing: PollTiming,
  random: number,
): number {
  const longestMs = Math.max(LONGEST_BACKOFF_MS, timing.intervalMs);
  const fullMs = Math.min(timing.intervalMs * 2 ** Math.min(poll.failures, 10), longestMs);
  const backOffMs = fullMs * (0.5 + random / 2);
  const leastMs = timing.intervalMs * (1 - JITTER); // a failed poll is never tried sooner than a good one
  return Math.round(Math.max(backOffMs, leastMs, Math.min(poll.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)));
}
