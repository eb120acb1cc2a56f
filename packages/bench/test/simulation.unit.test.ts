import { readFileSync } from 'node:fs';
import { distributionOf, gridOf, type Price } from '@reelay/polling';
import { expect, test } from 'vitest';
import { compare } from '../src/simulation/comparison.ts';
import { rowOf } from '../src/simulation/page.ts';
import { exactly, fixedInterval, optimum } from '../src/simulation/schedules.ts';
import { lognormal, TRUTHS, USUAL } from '../src/simulation/truths.ts';

const page = readFileSync(new URL('../../../docs/polling.md', import.meta.url), 'utf8');
const LAG_MS = 500;
const SLOW = { timeout: 60_000 };
const steady = TRUTHS.filter(({ scaleOf }) => !scaleOf);

test.each([
  { sigma: 0.2, ofFixed: 0.35 },
  { sigma: 0.35, ofFixed: 0.56 },
  { sigma: 0.5, ofFixed: 0.72 },
  { sigma: 0.8, ofFixed: 0.9 },
])('perfect knowledge of lognormal times with sigma $sigma needs $ofFixed of the polls, as issue 7 says', (known) => {
  const moments = exactly({ name: '', bar: 1, ...lognormal(20_000, known.sigma) }, LAG_MS);
  const ratio = optimum(moments, LAG_MS).polls / fixedInterval(moments, LAG_MS).polls;
  expect(Math.abs(ratio - known.ofFixed)).toBeLessThan(0.011);
});

test('a fixed interval of 1 s is 0.5 s late on average and polls as often as there are seconds', () => {
  const second = fixedInterval(exactly(USUAL, LAG_MS), LAG_MS);
  expect(second.lagMs / LAG_MS).toBeCloseTo(1, 2);
  expect(second.polls).toBeCloseTo(21.76, 1);
});

test('where times have no memory, a fixed interval is the optimum', () => {
  const endedBy = (ageMs: number) => 1 - Math.exp(-ageMs / 20_000);
  const moments = [distributionOf(endedBy, gridOf({ stepMs: 25, ratio: 0, endMs: 400_000 }))];
  // Its gaps are whole steps of the grid, so that its lag is only nearly the one asked for: the product is compared.
  const costOf = ({ polls, lagMs }: Price) => polls * lagMs;
  expect(costOf(optimum(moments, LAG_MS)) / costOf(fixedInterval(moments, LAG_MS))).toBeCloseTo(1, 2);
});

test.each(steady)('$name: after 200 observations within its bar of the optimum, and below fixed', SLOW, (truth) => {
  const found = compare(truth, LAG_MS, [1]);
  expect(found.learned / found.optimum).toBeLessThan(truth.bar);
  expect(found.learned).toBeLessThan(found.fixed);
});

test(
  'lognormal 0.35: at the lag of a fixed interval of 1 s at most 0.66 of its polls; docs/polling.md has the figures',
  SLOW,
  () => {
    const found = compare(USUAL, LAG_MS);
    expect(found.learned / found.fixed).toBeLessThan(0.66);
    expect(found.untuned.polls / found.fixed).toBeLessThan(0.66);
    expect(found.untuned.lagMs).toBeLessThan(LAG_MS);
    expect(page).toContain(rowOf(found));
  },
);
