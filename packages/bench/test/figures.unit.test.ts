import { expect, test } from 'vitest';
import { median, percentile, round } from '../src/figures.ts';

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, n) => 200 - n);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([100, 198, 200]);
});

test('three digits are kept', () => {
  expect([round(1234.5), round(0.012345), round(0)]).toEqual([1230, 0.0123, 0]);
});
