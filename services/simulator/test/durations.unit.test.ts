import { expect, test } from 'vitest';
import { lognormalDurations } from '../src/durations.ts';

function row(options: { seed: number; sigma?: number; medianMs?: number; length?: number }): number[] {
  const draw = lognormalDurations({ medianMs: 8_000, sigma: 0.35, ...options });
  return Array.from({ length: options.length ?? 5 }, draw);
}

test('the same seed gives the same row, another seed another', () => {
  expect(row({ seed: 1 })).toEqual(row({ seed: 1 }));
  expect(row({ seed: 1 })).not.toEqual(row({ seed: 2 }));
});

test('with sigma 0 every task takes the median', () => {
  expect(row({ seed: 7, sigma: 0 })).toEqual([8_000, 8_000, 8_000, 8_000, 8_000]);
});

test('the row is lognormal around the median', () => {
  const logs = row({ seed: 3, length: 20_000 })
    .map(Math.log)
    .toSorted((a, b) => a - b);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
  expect(Math.exp(logs[10_000] ?? 0)).toBeCloseTo(8_000, -3);
  expect(deviation).toBeCloseTo(0.35, 1);
});

test('no task takes less than 50 ms or more than an hour', () => {
  const wild = row({ seed: 5, sigma: 3, medianMs: 60_000, length: 20_000 });
  expect(Math.min(...wild)).toBe(50);
  expect(Math.max(...wild)).toBe(3_600_000);
});
