import { expect, test } from 'vitest';
import { createAnswersInHand } from '../src/answers-in-hand.ts';

const ANSWER = { task: 'task_1', claim: 1, upstreamTaskId: 'up_1' };

test('an answer is in the list until its record has ended well', async () => {
  const answers = createAnswersInHand();
  const gate = Promise.withResolvers<string>();
  const held = answers.hold(ANSWER, () => gate.promise);
  expect(answers.list()).toEqual([ANSWER]);
  gate.resolve('written');
  expect(await held).toBe('written');
  expect(answers.list()).toEqual([]);
});

test('one whose record failed stays: it is still the only place where its id is known', async () => {
  const answers = createAnswersInHand();
  await expect(answers.hold(ANSWER, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(answers.list()).toEqual([ANSWER]);
});
