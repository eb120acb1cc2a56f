import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Distribution, distributionOf, gridOf } from '../src/distribution.ts';
import { nextAgeMs, type Plan, planFor, planWithLag, priceOf, UNBOUNDED } from '../src/plan.ts';

const exponential = distributionOf(
  (ms) => 1 - Math.exp(-ms / 10_000),
  gridOf({ stepMs: 20, ratio: 0, endMs: 100_000 }),
);
const priced = (plan: Plan, known: Distribution) => priceOf((ageMs) => nextAgeMs(plan, ageMs), known);

/** Any distribution over a grid of eleven ages, 100 ms apart, with a share that never ends. */
const anyDistribution = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 11, maxLength: 11 })
  .map((parts) => {
    const total = parts.reduce((sum, part) => sum + part, 0.1);
    return distributionOf(
      (ms) => parts.slice(0, ms / 100).reduce((sum, part) => sum + part, 0) / total,
      gridOf({ stepMs: 100, ratio: 0, endMs: 1_000 }),
    );
  });

/** The least cost over all 512 ways to choose polls among the ages before the last. */
function leastByTrying(known: Distribution, pollCostMs: number): number {
  const costs = Array.from({ length: 2 ** 9 }, (_, chosen) => {
    const next = (ageMs: number) => {
      let at = Math.round(ageMs / 100) + 1;
      while (at < 10 && !(chosen & (1 << (at - 1)))) at++;
      return at * 100;
    };
    return costOf(priceOf(next, known), known, pollCostMs);
  });
  return Math.min(...costs);
}

function costOf(price: { polls: number; lagMs: number }, known: Distribution, pollCostMs: number): number {
  return price.polls * pollCostMs + price.lagMs * (known.ended.at(-1) ?? 0);
}

test('no choice of polls is cheaper than the plan', () => {
  fc.assert(
    fc.property(anyDistribution, fc.double({ min: 1, max: 500, noNaN: true }), (known, pollCostMs) => {
      const plan = planFor(known, pollCostMs, UNBOUNDED);
      expect(costOf(priced(plan, known), known, pollCostMs)).toBeCloseTo(leastByTrying(known, pollCostMs), 6);
    }),
  );
});

test('I1: the next poll never comes sooner for an older task', () => {
  fc.assert(
    fc.property(anyDistribution, fc.double({ min: 1, max: 500, noNaN: true }), (known, pollCostMs) => {
      const { nextMs } = planFor(known, pollCostMs, UNBOUNDED);
      expect([...nextMs]).toEqual([...nextMs].sort((a, b) => a - b));
    }),
  );
});

test("I2: dense polls have Keller's spacing, the root of twice the poll's cost over the hazard", () => {
  const plan = planFor(exponential, 50, UNBOUNDED);
  const gapMs = nextAgeMs(plan, 5_000) - 5_000;
  expect(gapMs / Math.sqrt(2 * 50 * 10_000)).toBeCloseTo(1, 1);
});

test('the plan for a lag has that lag', () => {
  for (const lagMs of [250, 1_000, 4_000]) {
    expect(priced(planWithLag(exponential, lagMs, UNBOUNDED), exponential).lagMs / lagMs).toBeCloseTo(1, 1);
  }
});

test('a floor is kept, and what asks for less lag than it allows is given the floor', () => {
  const plan = planWithLag(exponential, 100, { floorMs: 1_000, widest: 0.5 });
  for (let ageMs = 0; ageMs < 90_000; ageMs += 777) {
    expect(nextAgeMs(plan, ageMs) - ageMs).toBeGreaterThanOrEqual(999);
    expect(nextAgeMs(plan, ageMs) - ageMs).toBeLessThan(1_100);
  }
});

test('past the end of the grid the last gap is kept', () => {
  const plan = planFor(exponential, 50, UNBOUNDED);
  expect(nextAgeMs(plan, 500_000) - 500_000).toBeGreaterThan(0);
});
