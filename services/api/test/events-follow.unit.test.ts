import type { ToldEvent } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { type Feed, follow } from '../src/events/follow.ts';
import { takeTurns } from '../src/events/take-turns.ts';

const told = (sequence: number): ToldEvent => ({
  streamId: `${sequence}-0`,
  caller: 'acme',
  task: 't',
  entry: { sequence, at: 0, word: 'queued', detail: undefined },
});

/** A feed of numbers: `stored` is what reading finds. A reading ends when the test says so. */
function setup() {
  const stored: number[] = [];
  const passed: number[] = [];
  const readings: { end(): void; fail(): void }[] = [];
  const retried: unknown[] = [];
  const pass = (sequence: number) => void (passed.includes(sequence) || passed.push(sequence));
  const feed: Feed = {
    async readOn() {
      const found = [...stored];
      await new Promise<void>((end, fail) => readings.push({ end, fail: () => fail(new Error('away')) }));
      found.forEach(pass);
    },
    take: ({ entry }) => {
      pass(entry.sequence);
      return true;
    },
  };
  const listener = follow(feed, { retry: (one) => void retried.push(one) });
  /** Something happens, as Redis does it: stored, then told. */
  const happens = (sequence: number) => {
    stored.push(sequence);
    listener.told(told(sequence));
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { stored, passed, readings, retried, listener, happens, turn };
}

test('what is told while it reads comes after what was read', async () => {
  const { passed, readings, listener, happens, turn, stored } = setup();
  stored.push(1);
  listener.catchUp();
  happens(2);
  readings[0]?.end();
  await turn();
  happens(3);
  expect(passed).toEqual([1, 2, 3]);
  expect(readings).toHaveLength(1);
});

test('a call to catch up while it reads makes it read once more', async () => {
  const { passed, readings, listener, turn, stored } = setup();
  listener.catchUp();
  stored.push(1); // never told: the subscription was away
  listener.catchUp();
  listener.catchUp();
  readings[0]?.end();
  await turn();
  readings[1]?.end();
  await turn();
  expect(passed).toEqual([1]);
  expect(readings).toHaveLength(2);
});

test('after a reading that failed nothing passes until one succeeds', async () => {
  const { passed, readings, retried, listener, happens, turn } = setup();
  listener.catchUp();
  happens(1);
  readings[0]?.fail();
  await turn();
  happens(2);
  expect([passed, retried]).toEqual([[], [listener]]);
  listener.catchUp();
  readings[1]?.end();
  await turn();
  expect(passed).toEqual([1, 2]);
});

test('more than it keeps while it reads is read', async () => {
  const { passed, readings, listener, happens, turn } = setup();
  listener.catchUp();
  const all = Array.from({ length: 1_000 }, (_none, i) => i + 1);
  all.forEach(happens);
  readings[0]?.end();
  await turn();
  readings[1]?.end();
  await turn();
  expect(passed).toEqual(all);
});

test('no more work runs at a time than was said, and all of it runs', async () => {
  const inTurn = takeTurns(3);
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    throw new Error('failed');
  };
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => inTurn(work)));
  expect([all.length, most, running]).toEqual([20, 3, 0]);
});
