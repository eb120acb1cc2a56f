import { expect, test } from 'vitest';
import { every } from '../src/every.ts';

test('it runs at once and again and again, never twice at the same time, until it is stopped', async () => {
  let running = 0;
  let most = 0;
  let rounds = 0;
  const third = Promise.withResolvers<void>();
  const sweep = every(
    1,
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (++rounds === 3) third.resolve();
    },
    () => {},
  );
  await third.promise;
  await sweep.stop();
  const stoppedAt = rounds;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([most, rounds]).toEqual([1, stoppedAt]);
});

test('a round that fails is told, and the next one comes all the same', async () => {
  const told: unknown[] = [];
  const second = Promise.withResolvers<void>();
  let rounds = 0;
  const sweep = every(
    1,
    async () => {
      if (++rounds === 1) throw new Error('Redis is away');
      second.resolve();
    },
    (error) => told.push(error),
  );
  await second.promise;
  await sweep.stop();
  expect(told).toEqual([new Error('Redis is away')]);
});

test('stop waits for the round that runs', async () => {
  const gate = Promise.withResolvers<void>();
  let ended = false;
  const sweep = every(
    1,
    async () => {
      await gate.promise;
      ended = true;
    },
    () => {},
  );
  const stopped = sweep.stop();
  gate.resolve();
  await stopped;
  expect(ended).toBe(true);
});
