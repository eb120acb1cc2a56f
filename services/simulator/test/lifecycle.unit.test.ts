import { expect, test } from 'vitest';
import { stateAt } from '../src/lifecycle.ts';
import { readScenarios } from '../src/scenarios.ts';

const aTask = (prompt: string) => ({
  submittedAt: 5_000,
  durationMs: 1_000,
  statusBits: readScenarios(prompt).statusBits,
});

test.each([
  [5_000, 'Pending'],
  [5_149, 'Pending'],
  [5_150, 'Running'],
  [5_999, 'Running'],
])('at %i ms a task of 1 s submitted at 5,000 is %s', (now, word) => {
  expect(stateAt(aTask(''), now)).toEqual({ final: false, word });
});

test.each([
  ['', { word: 'Success', hasUrls: true }],
  ['[no-urls]', { word: 'Success', hasUrls: false }],
  ['[fail]', { word: 'Failure' }],
  ['[expired]', { word: 'Expired' }],
  ['[cancelled]', { word: 'Cancelled' }],
])('a prompt with %j ends as asked, at its time and for ever', (prompt, end) => {
  expect(stateAt(aTask(prompt), 6_000)).toMatchObject({ final: true, finishedAt: 6_000, end });
  expect(stateAt(aTask(prompt), 9e15)).toEqual(stateAt(aTask(prompt), 6_000));
});

test('[weird-status] says an unknown word in the middle only', () => {
  const words = [5_200, 5_500, 5_900].map((now) => stateAt(aTask('[weird-status]'), now));
  expect(words).toMatchObject([{ word: 'Running' }, { word: 'Reticulating' }, { word: 'Running' }]);
  expect(stateAt(aTask('[weird-status]'), 6_000)).toMatchObject({ end: { word: 'Success' } });
});
