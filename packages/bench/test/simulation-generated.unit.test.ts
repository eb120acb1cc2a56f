import { expect, test } from 'vitest';
import { compare } from '../src/simulation/comparison.ts';
import { curve } from '../src/simulation/page.ts';
import { USUAL } from '../src/simulation/truths.ts';

const LAGS_MS = [250, 500, 1_000, 2_500, 5_000];

test('the curve in docs/polling.md is what the simulation gives', { timeout: 60_000 }, async () => {
  const points = LAGS_MS.map((lagMs) => compare(USUAL, lagMs, [1, 2, 3]));
  await expect(curve(points)).toMatchFileSnapshot('../../../docs/polling.svg');
});
