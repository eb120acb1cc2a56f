import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BUCKETS,
  bucketOf,
  LONGEST_MS,
  learn,
  NOTHING_LEARNED,
  sharesOf,
  startOf,
  weightOf,
} from '../src/histogram.ts';
import { learnedFrom } from './setup.ts';

const time = fc.double({ min: 0, max: 2 * LONGEST_MS, noNaN: true });
const NOT_ENDED = Number.POSITIVE_INFINITY;

test('every time has its bucket, and a bucket ends where the next begins', () => {
  fc.assert(
    fc.property(time, (ms) => {
      const bucket = bucketOf(ms);
      expect(startOf(bucket)).toBeLessThanOrEqual(ms);
      if (bucket < BUCKETS - 1) expect(startOf(bucket + 1)).toBeGreaterThan(ms * (1 - 1e-12));
    }),
  );
});

test('an observation is shared out to 1 among the buckets of its interval', () => {
  fc.assert(
    fc.property(time, time, (one, other) => {
      const seen = { afterMs: Math.min(one, other), byMs: Math.max(one, other) };
      const shares = sharesOf(seen, NOTHING_LEARNED);
      expect([...shares.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      for (const [bucket, share] of shares) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(bucket).toBeGreaterThanOrEqual(bucketOf(seen.afterMs));
        expect(bucket).toBeLessThanOrEqual(bucketOf(seen.byMs));
      }
    }),
  );
});

test('a bucket has the share of the interval that lies in it', () => {
  const [fromMs, toMs] = [startOf(40), startOf(42)];
  const shares = sharesOf({ afterMs: fromMs, byMs: toMs - 0.001 }, NOTHING_LEARNED);
  expect(shares.get(40)).toBeCloseTo((startOf(41) - fromMs) / (toMs - fromMs), 5);
});

test('a task open at its deadline counts as one that never ends while nothing later is known', () => {
  expect(sharesOf({ afterMs: 60_000, byMs: NOT_ENDED }, learnedFrom([10_000, 20_000]))).toEqual(
    new Map([[BUCKETS, 1]]),
  );
});

test('a task given up early is shared over what is known to come later: a short deadline teaches no slowness', () => {
  const known = learnedFrom([10_000, 20_000, 20_000, 40_000]);
  const shares = sharesOf({ afterMs: 15_000, byMs: NOT_ENDED }, known);
  expect(shares.get(bucketOf(20_000))).toBeCloseTo(2 / 3);
  expect(shares.get(bucketOf(40_000))).toBeCloseTo(1 / 3);
});

test('an impossible interval (clocks differ) is taken as its end', () => {
  expect(sharesOf({ afterMs: 9_000, byMs: -5 }, NOTHING_LEARNED)).toEqual(new Map([[0, 1]]));
});

test('after its half-life an observation counts half, and the weight stays bounded', () => {
  let known = learnedFrom([10_000]);
  for (let i = 0; i < 100; i++) known = learn(known, { afterMs: 50_000, byMs: 50_000 }, 100);
  expect(known[bucketOf(10_000)]).toBeCloseTo(0.5);
  for (let i = 0; i < 5_000; i++) known = learn(known, { afterMs: 50_000, byMs: 50_000 }, 100);
  expect(weightOf(known)).toBeLessThan(146);
});
