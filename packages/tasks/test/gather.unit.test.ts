import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createGathering, type Haste } from '../src/gather.ts';

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

/** What was sent, batch by batch. `giveWayMs` may be changed on the way. */
function setup() {
  const sent: string[][] = [];
  const way = { giveWayMs: 0 };
  const gather = createGathering<{ name: string; bytes: number; haste: Haste | undefined }>({
    send: (batch) => void sent.push(batch.map(({ name }) => name)),
    giveWayMs: () => way.giveWayMs,
    mostWrites: 64,
  });
  const write = (name: string, about: { bytes?: number; haste?: Haste } = {}) =>
    gather({ name, bytes: about.bytes ?? 100, haste: about.haste });
  return { sent, way, write };
}

test('what is written in one turn goes together, at its end', () => {
  const { sent, write } = setup();
  write('a');
  write('b');
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(sent).toEqual([['a', 'b']]);
});

test('the write that makes a batch full goes at once, with those before it', () => {
  const { sent, write } = setup();
  for (let i = 0; i < 65; i++) write(`${i}`);
  expect(sent.map(({ length }) => length)).toEqual([64]);
  vi.advanceTimersByTime(0);
  expect(sent.map(({ length }) => length)).toEqual([64, 1]);
});

test('a batch is no larger than a mebibyte, unless a single write is', () => {
  const { sent, write } = setup();
  write('a', { bytes: 600_000 });
  write('b', { bytes: 600_000 });
  write('c', { bytes: 3_000_000 });
  vi.advanceTimersByTime(0);
  expect(sent).toEqual([['a'], ['b'], ['c']]);
});

test('a patient write waits 5 ms for others to go with, no longer', () => {
  const { sent, write } = setup();
  write('a', { haste: 'patient' });
  vi.advanceTimersByTime(4);
  write('b', { haste: 'patient' });
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([['a', 'b']]);
});

test('a write that is not patient takes along those that are', () => {
  const { sent, write } = setup();
  write('a', { haste: 'patient' });
  write('b');
  vi.advanceTimersByTime(0);
  expect(sent).toEqual([['a', 'b']]);
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(1);
});

test('who gives way waits as long as that, and then sends all, at most 64 at a time', () => {
  const { sent, way, write } = setup();
  way.giveWayMs = 200;
  for (let i = 0; i < 100; i++) write(`${i}`);
  vi.advanceTimersByTime(199);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent.map(({ length }) => length)).toEqual([64, 36]);
});
