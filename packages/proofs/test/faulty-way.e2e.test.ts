import { expect, test } from 'vitest';
import { faultyWay } from '../src/clients/1-faulty-way.ts';

test('sixty calls over a faulty way make sixty tasks, and each is told what is known', async () => {
  const figures = await faultyWay({ calls: 60, atOnce: 20, seed: 7 }).run(() => {});
  expect(figures).toMatchObject({ calls: 60, tasks: 60 });
});
