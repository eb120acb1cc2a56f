import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isTaskId, newTaskId } from '../src/index.ts';

test('ids sort by the time of their making', () => {
  const times = [0, 1, 61, 62, 1_700_000_000_000, 1_795_380_486_973, 1_795_380_486_974, 4_102_444_800_000];
  const ids = times.map((time) => newTaskId(time, randomBytes));
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every(isTaskId)).toBe(true);
});

test('every character of the random part is as likely as every other one, whatever the bytes', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  let given = 0;
  const counted = new Map<string, number>();
  // 434 ids of 14 characters take 24.5 rounds of the 248 bytes that count.
  const source = (size: number) => Uint8Array.from({ length: size }, () => bytes[given++ % bytes.length] ?? 0);
  for (let n = 0; n < 434; n++) {
    for (const character of newTaskId(0, source).slice(-14)) counted.set(character, (counted.get(character) ?? 0) + 1);
  }
  const counts = [...counted.values()];
  expect(counts).toHaveLength(62);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(4);
});

test('bytes that would make some characters likelier are drawn again', () => {
  const draws = [Uint8Array.from({ length: 14 }, () => 248), Uint8Array.from({ length: 14 }, () => 61)];
  expect(newTaskId(0, () => draws.shift() ?? new Uint8Array())).toBe(`task_00000000${'z'.repeat(14)}`);
});

test.each(['', 'task_', 'task_x', `task_${'0'.repeat(23)}`, `task_${'0'.repeat(21)}-`, `x_${'0'.repeat(22)}`])(
  '%j is no task id',
  (text) => {
    expect(isTaskId(text)).toBe(false);
  },
);
