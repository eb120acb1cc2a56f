import { expect, test } from 'vitest';
import { median } from '../src/figures.ts';
import { durationOf } from '../src/parts/ending-plan.ts';

const plan = { kind: 'time', medianMs: 4_000, sigma: 0.35, seed: 1 } as const;
const durations = Array.from({ length: 5_000 }, (_, marker) => durationOf(plan, marker));

test('durations are lognormal: the median asked for, and the spread', () => {
  const logs = durations.map((ms) => Math.log(ms / plan.medianMs));
  const spread = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
  expect(median(durations) / plan.medianMs).toBeCloseTo(1, 1);
  expect(spread).toBeCloseTo(plan.sigma, 1);
});

test('a task takes the same time in every system, whatever was asked before', () => {
  expect(durationOf(plan, 42)).toBe(durations[42]);
});
