import { expect, test } from 'vitest';
import { between, pick, seededRandom } from '../../src/faults/seeded-random.ts';

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test('a seed gives the same numbers each time, another seed others', () => {
  expect(draw(42, 100)).toEqual(draw(42, 100));
  expect(draw(42, 3)).not.toEqual(draw(43, 3));
});

test('the numbers of a seed never change, so that a printed seed repeats a run', () => {
  expect(draw(42, 3)).toEqual([0.6011037519201636, 0.44829055899754167, 0.8524657934904099]);
});

test('the numbers lie evenly from 0 up to 1', () => {
  const tenths = Map.groupBy(draw(7, 10_000), (number) => Math.floor(number * 10));
  expect([...tenths.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const { length } of tenths.values()) expect(Math.abs(length - 1_000)).toBeLessThan(120);
});

test('pick reaches every item, and refuses an empty list', () => {
  const random = seededRandom(1);
  expect(new Set(Array.from({ length: 100 }, () => pick(random, ['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
  expect(() => pick(random, [])).toThrow(RangeError);
});

test('between reaches both its ends and nothing outside', () => {
  const random = seededRandom(1);
  const drawn = new Set(Array.from({ length: 200 }, () => between(random, { least: -1, most: 2 })));
  expect([...drawn].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
});
