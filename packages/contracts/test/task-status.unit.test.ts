import { expect, test } from 'vitest';
import { FINAL_STATUSES, isFinal, TASK_STATUS, TASK_STATUSES, upstreamWord } from '../src/index.ts';

test.each([
  ['queued', 'Pending'],
  ['submitting', 'Pending'],
  ['submitted', 'Pending'],
  ['running', 'Running'],
  ['succeeded', 'Success'],
  ['failed', 'Failure'],
  ['expired', 'Failure'],
  ['canceled', 'Failure'],
] as const)('a task that is %s is %s to a client of the upstream', (status, word) => {
  expect(upstreamWord(status)).toBe(word);
});

test('there are eight states, four of them final', () => {
  expect(TASK_STATUSES).toHaveLength(8);
  expect(TASK_STATUSES.filter(isFinal)).toEqual(FINAL_STATUSES);
  expect(FINAL_STATUSES).toEqual(['succeeded', 'failed', 'expired', 'canceled']);
});

test('every state has its sentence', () => {
  for (const sentence of Object.values(TASK_STATUS)) expect(sentence).toMatch(/^[A-Z].+\.$/);
});
