import { between, pick, seededRandom } from './seeded-random.ts';

/** One fault of a chaos run. */
export interface ScheduledFault<F> {
  readonly fault: F;
  /** From the start of the run, in milliseconds. */
  readonly atMs: number;
  /** For a fault that lasts (a freeze, an outage): how long, in milliseconds. It may reach into the next one. */
  readonly lastsMs: number;
}

const EVERY_MS = { least: 500, most: 4_000 };
const LASTS_MS = { least: 200, most: 6_000 };
/** At the end everything is well, so that a new task can show that it is. */
const TAIL_MS = 15_000;
/** Shorter, there would be no time for a fault; longer, somebody has mistaken the unit. */
const MINUTES = { least: 0.25, most: 24 * 60 };

/**
 * What breaks when, in a chaos run of so many minutes: the same list for the same seed and faults, in the order of time.
 * Every fault has ended 15 s before the run does (in a run under 30 s, at half of it). Name a fault twice to have it
 * twice as often.
 */
export function createKillSchedule<const F>(options: {
  seed: number;
  minutes: number;
  faults: readonly F[];
}): ScheduledFault<F>[] {
  const { seed, minutes, faults } = options;
  if (!(minutes >= MINUTES.least && minutes <= MINUTES.most)) {
    throw new RangeError(`minutes must be from ${MINUTES.least} to ${MINUTES.most} (got ${minutes}).`);
  }
  const random = seededRandom(seed);
  const totalMs = minutes * 60_000;
  const untilMs = totalMs - Math.min(TAIL_MS, totalMs / 2);
  const schedule: ScheduledFault<F>[] = [];
  for (let atMs = between(random, EVERY_MS); atMs < untilMs; atMs += between(random, EVERY_MS)) {
    const fault = pick(random, faults);
    const lastsMs = Math.min(between(random, LASTS_MS), untilMs - atMs);
    schedule.push({ fault, atMs, lastsMs });
  }
  return schedule;
}
