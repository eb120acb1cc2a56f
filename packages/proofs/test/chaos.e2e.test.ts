import { expect, test } from 'vitest';
import { runChaos } from '../src/chaos.ts';

test('after 30 s of kills, freezes and cut networks the three ledgers agree and a new task ends soon', async () => {
  const said: string[] = [];
  const { verdict, healthyMs, faults } = await runChaos({ seconds: 30, seed: 42, say: (line) => said.push(line) });
  expect(faults, said.join('\n')).toBeGreaterThan(3);
  expect(verdict.violations, said.join('\n')).toEqual([]);
  expect(healthyMs).toBeLessThan(30_000);
});
