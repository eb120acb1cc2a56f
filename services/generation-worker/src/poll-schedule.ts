import { gapMs, jittered, type LearnedSchedule } from '@reelay/polling';

/** Milliseconds. `usualMs` is how long a task of this model usually takes; without the rest nothing is known beyond it. */
export interface PollTiming {
  readonly intervalMs: number;
  readonly usualMs: number;
  readonly fromSubmit?: LearnedSchedule;
  /** Only where measuring from `Running` says more. */
  readonly fromRunning?: LearnedSchedule;
  /** By how much every gap is stretched to keep the account under its cap of polls. */
  readonly stretch?: number;
}

/** A task that still runs: milliseconds since its submit, to its deadline, and since it began to run where that is known. */
interface OpenTask {
  readonly ageMs: number;
  readonly leftMs: number;
  readonly ranMs?: number | undefined;
}

const JITTER = 0.1;
const SLOWEST = 6;
const LONGEST_BACKOFF_MS = 60_000;
const LONGEST_RETRY_AFTER_MS = 10 * 60_000;

/**
 * When a task that still runs is polled again, by what was learned of its class (docs/polling.md). Pure; `random` is 0 to 1.
 * With nothing learned: every interval with jitter, slower the longer it is past twice the model's usual time.
 */
export function nextPollMs(task: OpenTask, timing: PollTiming, random: number): number {
  const spacedMs = unstretchedMs(task, timing, random) * (timing.stretch ?? 1);
  // The deadline is judged by the poll after it: let that one come soon after the deadline.
  return Math.round(task.leftMs > 0 ? Math.min(spacedMs, task.leftMs + 50) : spacedMs);
}

function unstretchedMs({ ageMs, ranMs }: OpenTask, timing: PollTiming, random: number): number {
  const slower = Math.min(Math.max(ageMs / (2 * timing.usualMs), 1), SLOWEST);
  const plainMs = timing.intervalMs * slower;
  const { fromSubmit, fromRunning } = timing;
  if (fromRunning && ranMs !== undefined) return jittered(gapMs(fromRunning, ranMs, plainMs), random);
  if (fromSubmit) return jittered(gapMs(fromSubmit, ageMs, plainMs), random);
  return plainMs * (1 - JITTER + 2 * JITTER * random);
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
