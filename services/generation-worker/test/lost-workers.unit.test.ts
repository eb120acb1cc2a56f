import { expect, test } from 'vitest';
import { isPoison, restMs } from '../src/lost-workers.ts';

const SECOND = 1_000;

/** A wake-up of a job that was taken over `losses` times, and a record that counts `counted` in ten minutes. */
function setup(about: { losses: number; counted?: number }) {
  const { losses, counted = 0 } = about;
  const told: string[][] = [];
  const countCrash = async (task: string, mark: string) => {
    told.push([task, mark]);
    return counted;
  };
  return { store: { moves: { countCrash } }, told, wake: { item: { task: 'task_1' }, job: 'task_1-submit-1', losses } };
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
  [0, 0],
  [4, 0],
  [5, 60 * SECOND],
  [6, 120 * SECOND],
  [7, 240 * SECOND],
  [8, 480 * SECOND],
  [9, 600 * SECOND],
  [10, 600 * SECOND],
])('a submitted task whose polls ended %i workers rests %i ms', (losses, ms) => {
  expect(restMs(losses)).toBe(ms);
});

test('a job that no worker lost costs no round trip', async () => {
  const { wake, store, told } = setup({ losses: 0, counted: 9 });
  expect(await isPoison(wake, store)).toBe(false);
  expect(told).toEqual([]);
});

test('a loss is marked by the job and how often it was taken over', async () => {
  const { wake, store, told } = setup({ losses: 3 });
  await isPoison(wake, store);
  expect(told).toEqual([['task_1', 'task_1-submit-1:3']]);
});
