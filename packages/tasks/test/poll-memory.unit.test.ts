import { expect, test } from 'vitest';
import { memoryFrom, NOTHING_SEEN, type PollMemory } from '../src/index.ts';
import { textOfMemory } from '../src/poll-memory.ts';

test.each<[PollMemory, string]>([
  [{ ...NOTHING_SEEN, polls: 1 }, '1 - - -'],
  [{ ...NOTHING_SEEN, polls: 3, openAt: 632 }, '3 632 - -'],
  [{ ...NOTHING_SEEN, polls: 3, openAt: 632, beganRunning: [0, 197] }, '3 632 0 197'],
  [
    { polls: 9, openAt: 40_000, failures: 2, failingSince: 1_795_371_019_209, notFound: 1, emptySuccess: 0 },
    '9 40000 - - 2 1795371019209 1 0',
  ],
])('what polls have seen is remembered: %j', (memory, text) => {
  expect(textOfMemory(memory)).toBe(text);
  expect(memoryFrom(text)).toEqual(memory);
});

test('a task that was never polled has seen nothing', () => {
  expect(memoryFrom('')).toEqual(NOTHING_SEEN);
});

test('an age is kept in whole milliseconds', () => {
  expect(textOfMemory({ ...NOTHING_SEEN, polls: 1, openAt: 12.4, beganRunning: [0.2, 12.4] })).toBe('1 12 0 12');
});
