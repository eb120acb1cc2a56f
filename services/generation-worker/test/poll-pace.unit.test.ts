import { expect, test } from 'vitest';
import { createPollPace } from '../src/poll-pace.ts';

function setup(perSecond: number, inFlight: number) {
  let reads = 0;
  const tasksInFlight = async () => {
    reads++;
    return inFlight;
  };
  const pace = createPollPace({ perSecond, intervalMs: 5_000, tasksInFlight });
  return { pace, reads: () => reads };
}

test('what all tasks in flight ask for too much stretches every gap', async () => {
  const { pace } = setup(100, 2_000);
  expect(pace.stretch()).toBe(1);
  await pace.sync();
  expect(pace.stretch()).toBe(4); // 2,000 tasks each 5 s are 400 polls a second
});

test('longer gaps ask for less: the stretch follows the mean of those that are chosen', async () => {
  const { pace } = setup(100, 2_000);
  await pace.sync();
  for (let i = 0; i < 1_000; i++) pace.chose(10_000);
  expect(pace.stretch()).toBeCloseTo(2, 2);
});

test('without a cap nothing is read and nothing is stretched', async () => {
  const { pace, reads } = setup(0, 1_000_000);
  await pace.sync();
  expect([pace.stretch(), reads()]).toEqual([1, 0]);
});
