import { NOTHING_SEEN, type PollJobData } from '@reelay/queues';
import { expect, test } from 'vitest';
import { isPoison, restOf } from '../src/lost-workers.ts';

const SECOND = 1_000;

/** A wake-up of a job that was taken over `losses` times, and a record that counts `counted` in ten minutes. */
function setup(about: { losses: number; counted?: number; rested?: number }) {
  const { losses, counted = 0, rested = 0 } = about;
  const told: string[][] = [];
  const countCrash = async (task: string, mark: string) => {
    told.push([task, mark]);
    return counted;
  };
  const data: PollJobData = { v: 1, task: 'task_1', claim: 1, seen: { ...NOTHING_SEEN, rested } };
  return { store: { moves: { countCrash } }, told, wake: { data, job: 'task_1-poll-1', losses } };
}

test.each([
  [1, false],
  [4, false],
  [5, true],
  [9, true],
])('a task that ended %i workers in ten minutes is poison: %s', async (counted, poison) => {
  const { wake, store } = setup({ losses: 5, counted });
  expect(await isPoison(wake, store)).toBe(poison);
});

test.each([
  [4, 0],
  [5, 60 * SECOND],
  [6, 120 * SECOND],
  [7, 240 * SECOND],
  [8, 480 * SECOND],
  [9, 600 * SECOND],
  [10, 600 * SECOND],
])('a submitted task whose polls ended %i workers rests %i ms', async (counted, restMs) => {
  const { wake, store } = setup({ losses: 5, counted, rested: 4 });
  expect(await restOf(wake, store)).toBe(restMs);
});

test.each([isPoison, restOf])('$name: a job that no worker lost costs no round trip', async (judge) => {
  const { wake, store, told } = setup({ losses: 0, counted: 9 });
  expect(Number(await judge(wake, store))).toBe(0);
  expect(told).toEqual([]);
});

test('the loss that a task has rested for is not counted again', async () => {
  const { wake, store, told } = setup({ losses: 5, counted: 9, rested: 5 });
  expect(await restOf(wake, store)).toBe(0);
  expect(told).toEqual([]);
});

test.each([isPoison, restOf])('$name: a loss is marked by the job and how often it was taken over', async (judge) => {
  const { wake, store, told } = setup({ losses: 3 });
  await judge(wake, store);
  expect(told).toEqual([['task_1', 'task_1-poll-1:3']]);
});
