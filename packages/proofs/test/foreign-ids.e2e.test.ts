import { expect, test } from 'vitest';
import { foreignIds } from '../src/api/2-foreign-ids.ts';

test('a stranger learns nothing from any route about what belongs to another caller', { timeout: 60_000 }, async () => {
  const said: string[] = [];
  const figures = await foreignIds({ timed: 0 }).run((line) => said.push(line));
  expect(figures['different_answers'], said.join('\n')).toBe(0);
});
