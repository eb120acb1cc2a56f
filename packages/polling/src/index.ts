export { type Distribution, distributionOf, gridOf } from './distribution.ts';
export {
  type Histogram,
  learn,
  NOTHING_LEARNED,
  type Observation,
  sharesOf,
} from './histogram.ts';
export { nextAgeMs, type Price, planFor, priceOf, UNBOUNDED } from './plan.ts';
export {
  type Aim,
  gapMs,
  jittered,
  type LearnedSchedule,
  learnedSchedule,
  runningSaysMore,
  stretchFor,
} from './schedule.ts';
