import { EventEmitter } from 'node:events';
import type { ToldEvent } from '@reelay/tasks';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createHub } from '../src/events/hub.ts';

/** A connection whose every event and answer comes when the test says so. */
class Line extends EventEmitter {
  status = 'ready';
  readonly asked: { confirm(): void; refuse(error: Error): void }[] = [];
  subscribe(): Promise<number> {
    return new Promise((resolve, reject) => this.asked.push({ confirm: () => resolve(1), refuse: reject }));
  }
  unsubscribed = 0;
  async unsubscribe(): Promise<void> {
    this.unsubscribed += 1;
  }
  disconnect(): void {}
}

function setup() {
  const line = new Line();
  const errors: string[] = [];
  const log = { error: (_fields: object, message: string) => void errors.push(message) };
  const hub = createHub({ subscriber: line as EventEmitter as Redis, channel: 'c', log });
  onTestFinished(() => hub.stop());
  const happened: string[] = [];
  const listener = (name: string) => ({
    told: ({ entry }: ToldEvent) => void happened.push(`${name} ${entry.sequence}`),
    catchUp: () => void happened.push(`${name} catches up`),
  });
  const tell = (sequence: number, task = 't') =>
    line.emit('message', 'c', `1-${sequence} acme ${task} ${sequence} 1700000000000 queued`);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { line, hub, errors, happened, listener, tell, turn };
}

test('what comes before the subscription is confirmed anew is not told: it would be past a gap', async () => {
  const { line, hub, happened, listener, tell, turn } = setup();
  hub.watchTask('t', listener('task'));
  line.asked[0]?.confirm();
  await turn();
  tell(1);
  line.emit('close');
  tell(3);
  line.emit('ready');
  line.asked[1]?.confirm();
  tell(4); // in the same packet as the confirmation
  await turn();
  tell(5);
  expect(happened).toEqual(['task catches up', 'task 1', 'task catches up', 'task 5']);
});

test('a heartbeat that is answered changes nothing', async () => {
  const { line, hub, happened, listener, turn } = setup();
  hub.watchCaller('acme', listener('caller'));
  line.asked[0]?.confirm();
  await turn();
  happened.length = 0;
  line.emit('ready');
  line.asked[1]?.confirm();
  await turn();
  expect(happened).toEqual([]);
});

test('the first subscription only shows that it may be made: with nobody there it is given up at once', async () => {
  const { line, hub, happened, listener, turn } = setup();
  line.asked[0]?.confirm();
  await turn();
  expect(line.unsubscribed).toBe(1);
  hub.watchTask('t', listener('task'));
  line.asked[1]?.confirm();
  await turn();
  expect(happened).toEqual(['task catches up']);
  expect(line.unsubscribed).toBe(1);
});

test('each hears of its own task or caller, until it no longer watches', async () => {
  const { line, hub, happened, listener, tell, turn } = setup();
  const stops = [
    hub.watchTask('t', listener('task')),
    hub.watchTask('other', listener('other')),
    hub.watchCaller('acme', listener('acme')),
    hub.watchCaller('stranger', listener('stranger')),
  ];
  line.asked[0]?.confirm();
  await turn();
  happened.length = 0;
  tell(1);
  for (const stop of stops) stop();
  tell(2);
  expect(happened).toEqual(['task 1', 'acme 1']);
});

test('a Redis that refuses the subscription is an error in the log; a lost connection is not', async () => {
  const { line, errors, turn } = setup();
  line.asked[0]?.refuse(new Error('NOPERM'));
  await turn();
  expect(errors).toHaveLength(1);
  line.emit('ready');
  line.status = 'reconnecting';
  line.asked[1]?.refuse(new Error('Connection is closed.'));
  await turn();
  expect(errors).toHaveLength(1);
});

test('while nobody listens nothing is subscribed to, and who listens next catches up when it is again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { line, hub, happened, listener, tell, turn } = setup();
  line.asked[0]?.confirm();
  await turn();
  vi.advanceTimersByTime(20_000);
  expect(line.unsubscribed).toBe(1);

  const before = line.asked.length;
  hub.watchTask('t', listener('task'));
  tell(1); // not confirmed yet
  expect(line.asked).toHaveLength(before + 1);
  line.asked.at(-1)?.confirm();
  await turn();
  tell(2);
  expect(happened).toEqual(['task catches up', 'task 2']);
});

test('a confirmation of before the subscription was given up is not taken for a new one', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { line, hub, happened, listener, tell, turn } = setup();
  vi.advanceTimersByTime(20_000);
  hub.watchTask('t', listener('task'));
  line.asked[0]?.confirm();
  await turn();
  tell(1);
  expect(happened).toEqual([]);
});
