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
