import { expect, test } from 'vitest';
import { createRestarts } from '../src/restarts.ts';

test('five restarts a minute, each after a longer wait, then no more', () => {
  const restarts = createRestarts(() => 1_000);
  const given = Array.from({ length: 6 }, () => restarts.next());
  expect(given.map((restart) => restart?.count)).toEqual([1, 2, 3, 4, 5, undefined]);
  expect(given.map((restart) => restart?.afterMs)).toEqual([250, 500, 1_000, 2_000, 4_000, undefined]);
});

test('an end more than a minute ago is forgotten', () => {
  let now = 0;
  const restarts = createRestarts(() => now);
  for (let count = 0; count < 5; count++) restarts.next();
  now = 60_000;
  expect(restarts.next()).toEqual({ count: 1, afterMs: 250 });
});
