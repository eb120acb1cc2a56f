import { expect, test } from 'vitest';
import { createCounts } from '../src/counts.ts';
import { createRing } from '../src/ring.ts';

function aRing({ capacity, pushed }: { capacity: number; pushed: number }) {
  const ring = createRing<{ seq: number }>(capacity);
  for (let seq = 1; seq <= pushed; seq += 1) ring.push({ seq: seq * 10 });
  return ring;
}

const seqs = (items: { seq: number }[]) => items.map(({ seq }) => seq);

test.each([
  [0, 10, [40, 50, 60, 70]],
  [49, 2, [50, 60]],
  [50, 2, [60, 70]],
  [70, 5, []],
])('a wrapped ring pages after %i, at most %i', (after, limit, expected) => {
  expect(seqs(aRing({ capacity: 4, pushed: 7 }).after(after, limit))).toEqual(expected);
});

test('a ring says what fell out, until it is cleared', () => {
  const ring = aRing({ capacity: 4, pushed: 7 });
  expect([ring.length, ring.dropped, ring.at(0)?.seq, ring.at(-1)?.seq, ring.at(-5)]).toEqual([
    4,
    3,
    40,
    70,
    undefined,
  ]);
  ring.clear();
  expect([ring.length, ring.dropped, ring.at(-1)]).toEqual([0, 0, undefined]);
});

test('counts forget the key that was longest unseen', () => {
  const counts = createCounts(2);
  for (const key of ['a', 'b', 'a', 'c']) counts.before(key);
  expect([counts.before('a'), counts.before('b')]).toEqual([2, 0]);
});
