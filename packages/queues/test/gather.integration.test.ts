import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { DONE } from '../src/index.ts';
import { aDeliverJob, setup } from './setup.ts';

const redis = redisForTests();
const GATHER_MS = 400;

test('a worker with nothing to do takes a job at once, and those that follow soon together, a little later', async () => {
  const { queues, work, begun } = working();
  work();
  await queues.add(aDeliverJob('task_0')); // a worker that starts does not wait for a marker: it looks
  await begun('task_0');
  await sleep(1.5 * GATHER_MS);
  const addedAt = performance.now();
  await queues.add(aDeliverJob('task_1'));
  const first = await begun('task_1');
  await queues.add(aDeliverJob('task_2'));
  await sleep(GATHER_MS / 8);
  await queues.add(aDeliverJob('task_3'));
  const [second, third] = [await begun('task_2'), await begun('task_3')];
  expect(first - addedAt).toBeLessThan(GATHER_MS / 2);
  expect(second - first).toBeGreaterThan(GATHER_MS / 2);
  expect(third - second).toBeLessThan(GATHER_MS / 2);
});

test('a worker that closes meanwhile takes nothing any more', async () => {
  const { queues, work, begun } = working();
  const workers = work();
  for (const task of ['task_0', 'task_1']) {
    await queues.add(aDeliverJob(task));
    await begun(task);
  }
  const closed = workers.close();
  await queues.add(aDeliverJob('task_2'));
  await closed;
  expect(await queues.byName.deliver.getWaitingCount()).toBe(1);
});

function working() {
  const { queues, work } = setup(redis.url);
  const times = new Map<string, number>();
  return {
    queues,
    work: () =>
      work(
        async ({ item }) => {
          times.set(item.task, performance.now());
          return DONE;
        },
        { gatherMs: GATHER_MS },
      ),
    begun: (task: string) =>
      eventually(() => {
        const at = times.get(task);
        if (at === undefined) throw new Error(`${task} has not begun`);
        return at;
      }),
  };
}
