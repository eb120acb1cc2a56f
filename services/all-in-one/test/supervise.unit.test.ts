import { expect, test } from 'vitest';
import type { Part, Running } from '../src/part.ts';
import { supervise } from '../src/supervise.ts';

/** A part whose first start goes on until the test says otherwise. */
function setup() {
  const stop = new AbortController();
  const signals: string[] = [];
  const spawned = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const running: Running = { pid: 1, kill: (signal) => signals.push(signal), exited: new Promise(() => {}) };
  const part: Part = {
    name: 'redis',
    start: async (onRunning) => {
      await spawned.promise;
      onRunning(running);
      await ready.promise;
    },
  };
  const output = { line: () => {}, say: () => {} };
  const supervised = supervise(part, { output, now: () => 0, stopping: stop.signal, giveUp: () => {} });
  return { supervised, stop, signals, spawned, ready };
}

test('what runs can be ended before it is ready', async () => {
  const { supervised, spawned } = setup();
  spawned.resolve();
  await expect.poll(() => supervised.running()?.pid).toBe(1);
});

test('one that appears after the stop began is told to end at once', async () => {
  const { supervised, stop, signals, spawned, ready } = setup();
  stop.abort();
  spawned.resolve();
  ready.reject(new Error('it ended'));
  await supervised.settled();
  expect(signals).toEqual(['SIGTERM']);
});
