import { expect, test } from 'vitest';
import { createOriginSlots } from '../src/index.ts';

const ORIGIN = 'https://receiver.example';

test('the fifth attempt of one caller to one origin finds no slot, and finds one when another ends', () => {
  const slots = createOriginSlots(4);
  const held = [1, 2, 3, 4].map(() => slots.tryAcquire('a', ORIGIN));
  expect(held).not.toContain(null);
  expect(slots.tryAcquire('a', ORIGIN)).toBeNull();
  held[0]?.();
  expect(slots.tryAcquire('a', ORIGIN)).not.toBeNull();
  expect(slots.tryAcquire('a', ORIGIN)).toBeNull();
});

test('a full origin of one caller takes nothing from another caller or another origin', () => {
  const slots = createOriginSlots(1);
  slots.tryAcquire('a', ORIGIN);
  expect(slots.tryAcquire('b', ORIGIN)).not.toBeNull();
  expect(slots.tryAcquire('a', `${ORIGIN}:8443`)).not.toBeNull();
});

test('giving a slot back twice frees it once', () => {
  const slots = createOriginSlots(2);
  const first = slots.tryAcquire('a', ORIGIN);
  slots.tryAcquire('a', ORIGIN);
  first?.();
  first?.();
  expect(slots.tryAcquire('a', ORIGIN)).not.toBeNull();
  expect(slots.tryAcquire('a', ORIGIN)).toBeNull();
});

/** How long each of so many waits who ask at once and find all slots taken. */
function turnsOf(
  count: number,
  { nowMs, random = () => 0.5 }: { nowMs: (n: number) => number; random?: () => number },
) {
  const slots = createOriginSlots(1);
  const free = slots.tryAcquire('a', ORIGIN);
  const turns = Array.from({ length: count }, (_, n) => slots.turnMs('a', ORIGIN, { nowMs: nowMs(n), random }));
  return { slots, free, turns };
}

test('somebody who finds all taken asks again after 100 to 200 ms', () => {
  expect(turnsOf(1, { nowMs: () => 5_000, random: () => 0 }).turns).toEqual([100]);
  expect(turnsOf(1, { nowMs: () => 5_000, random: () => 1 }).turns).toEqual([200]);
});

test('a thousand who wait for a receiver that never answers come one by one, not all again at once', () => {
  const { turns } = turnsOf(1_000, { nowMs: (n) => 5_000 + n });
  const perSecond = Map.groupBy(turns, (waitMs, n) => Math.floor((n + waitMs) / 1_000));
  expect(Math.max(...turns)).toBeLessThanOrEqual(30_000);
  for (const [second, some] of perSecond) if (second > 2 && second < 15) expect(some.length).toBeLessThanOrEqual(21);
});

test('the end of a long queue is spread over 15 to 30 s', () => {
  let n = 0;
  const { turns } = turnsOf(2_000, { nowMs: (asked) => 5_000 + asked, random: () => (n++ % 100) / 100 });
  const last = turns.slice(-100);
  expect(Math.min(...last)).toBeGreaterThan(15_000);
  expect(Math.max(...last)).toBeLessThanOrEqual(30_000);
  expect(new Set(last).size).toBeGreaterThan(40);
});

test('while slots are given back quickly, the waiting come close together', () => {
  const slots = createOriginSlots(2);
  slots.tryAcquire('a', ORIGIN);
  const turns = Array.from({ length: 100 }, (_, n) => {
    const free = slots.tryAcquire('a', ORIGIN);
    const waitMs = slots.turnMs('a', ORIGIN, { nowMs: 5_000 + n, random: () => 0 });
    free?.();
    return waitMs;
  });
  expect(Math.max(...turns)).toBeLessThan(200);
});

test('the queue of one caller and origin is not another one’s, and ends with its last attempt', () => {
  const { slots, free } = turnsOf(500, { nowMs: () => 5_000 });
  const at = { nowMs: 5_000, random: () => 0 };
  slots.tryAcquire('b', ORIGIN);
  expect(slots.turnMs('b', ORIGIN, at)).toBe(100);
  expect(slots.turnMs('a', ORIGIN, at)).toBeGreaterThan(100);
  free?.();
  expect(slots.turnMs('a', ORIGIN, at)).toBe(100);
});
