import {
  type Aim,
  type Distribution,
  gapMs,
  type Histogram,
  jittered,
  type LearnedSchedule,
  learn,
  learnedSchedule,
  NOTHING_LEARNED,
  type Observation,
  type Price,
  priceOf,
} from '@reelay/polling';
import { type Random, seededRandom } from '@reelay/testing';
import { atLag, mean } from './schedules.ts';
import { DEADLINE_MS, DRIFT_PERIOD, type Truth } from './truths.ts';

/** What a worker with an empty histogram is put before: it sees of a task no more than its polls tell. */
export interface Lesson {
  readonly truth: Truth;
  readonly aim: Aim;
  readonly seed: number;
  readonly halfLife: number;
}

interface PolledTask {
  readonly polls: number;
  /** undefined when the task was open at its deadline. */
  readonly lagMs: number | undefined;
  readonly seen: Observation;
}

const OBSERVATIONS = 200;
/** A new plan after this many observations; those between are polled by the old one. */
const PLAN_EVERY = 10;
/** Jittered walks through a schedule over which its price is averaged. */
const WALKS = 40;

/**
 * What the learned schedule costs after 200 observations. They are made by polling with it, so that each finish is known
 * only as between two polls. Of a drift: what it costs over the next period, learning on.
 */
export function learned(lesson: Lesson, moments: readonly Distribution[]): { tuned: Price; untuned: Price } {
  if (lesson.truth.scaleOf) return learnedOfDrift(lesson);
  const histogram = learnFrom(lesson, OBSERVATIONS);
  const priceAiming = (targetLagMs: number) =>
    mean(moments, (known) => priceWithJitter(histogram, { aim: { ...lesson.aim, targetLagMs }, known }));
  return { tuned: atLag(lesson.aim.targetLagMs, priceAiming), untuned: priceAiming(lesson.aim.targetLagMs) };
}

function learnedOfDrift(lesson: Lesson): { tuned: Price; untuned: Price } {
  const priceAiming = (targetLagMs: number): Price => {
    const measured: PolledTask[] = [];
    learnFrom({ ...lesson, aim: { ...lesson.aim, targetLagMs } }, OBSERVATIONS + DRIFT_PERIOD, (polled, task) => {
      if (task >= OBSERVATIONS) measured.push(polled);
    });
    return mean(measured, ({ polls, lagMs = 0 }) => ({ polls, lagMs }));
  };
  return { tuned: atLag(lesson.aim.targetLagMs, priceAiming, 0.01), untuned: priceAiming(lesson.aim.targetLagMs) };
}

function learnFrom(lesson: Lesson, tasks: number, each?: (polled: PolledTask, task: number) => void): Histogram {
  const random = seededRandom(lesson.seed);
  let histogram = NOTHING_LEARNED;
  let schedule = learnedSchedule(histogram, lesson.aim);
  for (let task = 0; task < tasks; task++) {
    const takesMs = lesson.truth.draw(random) * (lesson.truth.scaleOf?.(task) ?? 1);
    const polled = pollToTheEnd(takesMs, asAWorker(schedule, lesson.aim, random));
    each?.(polled, task);
    histogram = learn(histogram, polled.seen, lesson.halfLife);
    if ((task + 1) % PLAN_EVERY === 0) schedule = learnedSchedule(histogram, lesson.aim);
  }
  return histogram;
}

/** The age of the next poll: planned, blended with the plain interval while little is known, with jitter. */
function asAWorker(schedule: LearnedSchedule, aim: Aim, random: Random): (ageMs: number) => number {
  return (ageMs) => ageMs + jittered(gapMs(schedule, ageMs, 2 * aim.targetLagMs), random());
}

function pollToTheEnd(takesMs: number, next: (ageMs: number) => number): PolledTask {
  let ageMs = 0;
  for (let polls = 1; ; polls++) {
    const atMs = Math.min(next(ageMs), DEADLINE_MS);
    if (takesMs <= atMs) return { polls, lagMs: atMs - takesMs, seen: { afterMs: ageMs, byMs: atMs } };
    if (atMs === DEADLINE_MS) {
      return { polls, lagMs: undefined, seen: { afterMs: atMs, byMs: Number.POSITIVE_INFINITY } };
    }
    ageMs = atMs;
  }
}

function priceWithJitter(histogram: Histogram, { aim, known }: { aim: Aim; known: Distribution }): Price {
  const next = asAWorker(learnedSchedule(histogram, aim), aim, seededRandom(1));
  return mean(Array.from({ length: WALKS }), () => priceOf(next, known));
}
