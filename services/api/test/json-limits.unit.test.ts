import { expect, test } from 'vitest';
import { outOfBounds } from '../src/json-limits.ts';

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

test('what a model takes is in bounds', () => {
  expect(outOfBounds({ model: 'm', input: { content: [{ image_url: { url: 'x' } }] } })).toBeUndefined();
});

test('64 levels are in bounds, more are not, and a million does not overflow the stack', () => {
  expect(outOfBounds(nested(65))).toBeUndefined();
  expect(outOfBounds(nested(66))).toMatch(/deeper than 64/);
  expect(outOfBounds(nested(1_000_000))).toMatch(/deeper than 64/);
});

test('10,000 values are in bounds, more are not, wherever they stand', () => {
  expect(outOfBounds(Array(10_000).fill(0))).toBeUndefined();
  expect(outOfBounds({ a: Array(5_000).fill(0), b: Array(5_000).fill(0) })).toMatch(/10000 values/);
});
