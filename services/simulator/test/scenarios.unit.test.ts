import { expect, test } from 'vitest';
import { carries, readScenarios, scenarios } from '../src/scenarios.ts';

test('a prompt without a scenario word asks for a plain task', () => {
  expect(readScenarios('A [beautiful] girl is dancing [constructor]')).toEqual({
    refusals: [],
    answer: 'task-id',
    answerAfterMs: 0,
    takesMs: undefined,
    slowdown: 1,
    statusBits: 0,
  });
});

test('words combine', () => {
  const asked = readScenarios('[takes=1s] a dog [fail][flaky][slow] [answer-after=800ms]');
  expect(asked).toMatchObject({ takesMs: 1_000, slowdown: 10, answerAfterMs: 800 });
  expect(carries(asked.statusBits, 'fail') && carries(asked.statusBits, 'flaky')).toBe(true);
  expect(carries(asked.statusBits, 'expired')).toBe(false);
});

test.each(['[takes]', '[takes=]', '[takes=soon]', '[takes=49ms]', '[takes=61m]', '[answer-after=6m]'])(
  '%s is refused with a sentence that names the word',
  (prompt) => {
    expect(() => readScenarios(prompt)).toThrow(/^The scenario word \[(takes|answer-after)=…\] needs a duration/);
  },
);

test('every status scenario has a bit of its own that fits the id', () => {
  const bits = Object.values(scenarios).flatMap((scenario) => (scenario.kind === 'status' ? [scenario.bit] : []));
  expect(new Set(bits).size).toBe(bits.length);
  expect(Math.max(...bits)).toBeLessThan(2 ** 16);
});
