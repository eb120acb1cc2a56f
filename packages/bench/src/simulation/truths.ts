import type { Random } from '@reelay/testing';

/** A distribution of generation times, in milliseconds. */
interface Times {
  /** The share that has ended by an age. */
  endedBy(ageMs: number): number;
  /** One time; Infinity when the task never ends. */
  draw(random: Random): number;
}

/** How long generations really take: what the optimum knows, and the learned schedule has to find out. */
export interface Truth extends Times {
  readonly name: string;
  /** What the learned schedule's polls may be of the optimum's at equal mean lag. */
  readonly bar: number;
  /** What the times of the task with this number are multiplied by, where they drift. */
  scaleOf?(task: number): number;
}

/** Where a task ends as expired, by one last poll. */
export const DEADLINE_MS = 20 * 60_000;
/** Tasks from one peak of the drift to the next. */
export const DRIFT_PERIOD = 600;

const STEADY = 1.12;
const HEAVY = 1.2;
const MOVING = 1.4;

/** The one of issue 7, line 2: the other figures of the bench are made with it. */
export const USUAL: Truth = { name: 'lognormal 0.35', bar: STEADY, ...lognormal(20_000, 0.35) };

export const TRUTHS: readonly Truth[] = [
  USUAL,
  { name: 'narrow: lognormal 0.2', bar: STEADY, ...lognormal(20_000, 0.2) },
  { name: 'wide: lognormal 0.8', bar: STEADY, ...lognormal(20_000, 0.8) },
  { name: 'two humps: 12 s and 60 s', bar: STEADY, ...mixed(0.6, lognormal(12_000, 0.2), lognormal(60_000, 0.2)) },
  { name: 'heavy tail: lognormal 1.5', bar: HEAVY, ...lognormal(20_000, 1.5) },
  { name: 'heavy tail: Pareto 1.5', bar: HEAVY, ...pareto(10_000, 1.5) },
  {
    name: '5 % never finish',
    bar: MOVING,
    ...mixed(0.95, lognormal(20_000, 0.35), { endedBy: () => 0, draw: () => Number.POSITIVE_INFINITY }),
  },
  {
    name: 'drifting median: 12 s to 36 s',
    bar: MOVING,
    ...lognormal(20_000, 0.35),
    scaleOf: (task) => Math.sqrt(3) ** Math.sin((2 * Math.PI * task) / DRIFT_PERIOD),
  },
];

export function lognormal(medianMs: number, sigma: number): Times {
  return {
    endedBy: (ageMs) => (ageMs <= 0 ? 0 : normalBelow(Math.log(ageMs / medianMs) / sigma)),
    draw: (random) => medianMs * Math.exp(sigma * normal(random)),
  };
}

function pareto(leastMs: number, shape: number): Times {
  return {
    endedBy: (ageMs) => (ageMs <= leastMs ? 0 : 1 - (leastMs / ageMs) ** shape),
    draw: (random) => leastMs / (1 - random()) ** (1 / shape),
  };
}

/** `share` of the tasks are of the first kind. */
function mixed(share: number, first: Times, second: Times): Times {
  return {
    endedBy: (ageMs) => share * first.endedBy(ageMs) + (1 - share) * second.endedBy(ageMs),
    draw: (random) => (random() < share ? first : second).draw(random),
  };
}

/** The standard normal's distribution function (Abramowitz and Stegun 26.2.17, error under 7.5e-8). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z > 0 ? 1 - above : above;
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
