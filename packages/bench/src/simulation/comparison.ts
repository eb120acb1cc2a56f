import type { Price } from '@reelay/polling';
import { median } from '../figures.ts';
import { learned } from './learning.ts';
import { backOff, exactly, fixedInterval, optimum } from './schedules.ts';
import type { Truth } from './truths.ts';

/** One truth, four schedules, one mean lag: polls per task. Of the learned one the median over the seeds. */
export interface Comparison {
  readonly truth: Truth;
  readonly lagMs: number;
  readonly fixed: number;
  readonly backOff: number;
  readonly learned: number;
  readonly optimum: number;
  /** What the learned schedule gives when it is not tuned by us, but aims at the lag by what it has learned. */
  readonly untuned: Price;
}

/** As many as issue 7 wants. */
const SEEDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Observations after which one counts half. As in production. */
const HALF_LIFE = 100;
const USUAL_MS = 60_000;

/** Polls per task at equal mean lag. Pure and seeded: the same figures everywhere. */
export function compare(truth: Truth, lagMs: number, seeds = SEEDS): Comparison {
  const moments = exactly(truth, lagMs);
  const aim = { targetLagMs: lagMs, usualMs: USUAL_MS };
  const runs = seeds.map((seed) => learned({ truth, aim, seed, halfLife: HALF_LIFE }, moments));
  return {
    truth,
    lagMs,
    fixed: fixedInterval(moments, lagMs).polls,
    backOff: backOff(moments, lagMs).polls,
    learned: median(runs.map(({ tuned }) => tuned.polls)),
    optimum: optimum(moments, lagMs).polls,
    untuned: {
      polls: median(runs.map(({ untuned }) => untuned.polls)),
      lagMs: median(runs.map(({ untuned }) => untuned.lagMs)),
    },
  };
}
