import {
  type Distribution,
  distributionOf,
  gridOf,
  nextAgeMs,
  type Price,
  planFor,
  priceOf,
  UNBOUNDED,
} from '@reelay/polling';
import { DEADLINE_MS, DRIFT_PERIOD, type Truth } from './truths.ts';

// Every schedule has one number that trades polls for lag. To compare them it is tuned until the mean lag is the same.

const MOMENTS_OF_A_DRIFT = 20;
const TUNING_STEPS = 24;

/** The truth up to the deadline, on a fine grid; of a drift one for each of some moments. */
export function exactly(truth: Truth, lagMs: number): readonly Distribution[] {
  const grid = gridOf({ stepMs: lagMs / 16, ratio: 0.002, endMs: DEADLINE_MS });
  const moments = truth.scaleOf ? MOMENTS_OF_A_DRIFT : 1;
  return Array.from({ length: moments }, (_, moment) => {
    const scale = truth.scaleOf?.((moment * DRIFT_PERIOD) / moments) ?? 1;
    return distributionOf((ageMs) => truth.endedBy(ageMs / scale), grid);
  });
}

/** The schedule that knows the truth, at each moment, and has no floor and no jitter. */
export function optimum(moments: readonly Distribution[], lagMs: number): Price {
  return atLag(lagMs, (root) =>
    mean(moments, (known) => {
      const plan = planFor(known, root ** 2 / lagMs, UNBOUNDED);
      return priceOf((ageMs) => nextAgeMs(plan, ageMs), known);
    }),
  );
}

export function fixedInterval(moments: readonly Distribution[], lagMs: number): Price {
  return atLag(lagMs, (gapMs) => mean(moments, (known) => priceOf((ageMs) => ageMs + gapMs, known)));
}

/** From half the lag on, each gap is longer than the one before by the same factor: so a gap is a share of the age. */
export function backOff(moments: readonly Distribution[], lagMs: number): Price {
  return atLag(lagMs, (constant) => {
    const growth = 1 + constant / 20_000;
    return mean(moments, (known) => priceOf((ageMs) => ageMs * growth + lagMs / 2, known));
  });
}

/** The price at which the schedule has the mean lag `lagMs`; the lag is about in proportion to the constant. */
export function atLag(lagMs: number, priceWith: (constant: number) => Price, closeEnough = 0.002): Price {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let constant = lagMs;
  for (let step = 1; ; step++) {
    const price = priceWith(constant);
    const found = price.lagMs / lagMs;
    if (step === TUNING_STEPS || Math.abs(found - 1) < closeEnough) return price;
    if (found > 1) high = Math.min(high, constant);
    else low = Math.max(low, constant);
    const guess = constant / Math.max(found, 0.1);
    constant = guess > low && guess < high ? guess : (low + Math.min(high, 2 * guess)) / 2;
  }
}

export function mean<T>(items: readonly T[], priceFor: (item: T) => Price): Price {
  const prices = items.map(priceFor);
  const over = (of: (price: Price) => number) => prices.reduce((sum, price) => sum + of(price), 0) / items.length;
  return { polls: over(({ polls }) => polls), lagMs: over(({ lagMs }) => lagMs) };
}
