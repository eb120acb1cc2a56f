import { get as httpGet } from 'node:http';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { startEvents } from './events-setup.ts';

const redis = redisForTests();

async function startWaiting(options: Parameters<typeof startEvents>[1] = {}) {
  const api = await startEvents(redis.url, options);
  const task = await api.aTask();
  const wait = (seconds: number | string) => api.get(`/v1/tasks/status?task_id=${task}&wait=${seconds}`);
  /** Resolves when so many requests wait. */
  const waiting = (count: number) => expect.poll(() => api.store.events.streams.count).toBe(count);
  return { ...api, task, wait, waiting };
}

test('the answer is held back until the task ends, and all who wait are told', async () => {
  const { wait, waiting, worker, task } = await startWaiting();
  const answers = Promise.all([wait(30), wait(60)]);
  await waiting(2);
  await worker.send(task);
  await waiting(2);
  await worker.fail(task);
  for (const { status, json } of await answers) {
    expect([status, json.output.task_status, json.output.error_message]).toEqual([200, 'Failure', 'No.']);
  }
  await waiting(0);
  expect((await wait(60)).json.output.task_status).toBe('Failure');
});

test('when the time is over the present status is told', async () => {
  const { wait, worker, task } = await startWaiting({ limits: { requestTimeoutMs: 500 } });
  const from = performance.now();
  const answer = wait(1);
  await worker.send(task);
  await worker.running(task);
  expect((await answer).json.output.task_status).toBe('Running');
  const ms = performance.now() - from;
  expect(ms).toBeGreaterThan(990);
  expect(ms).toBeLessThan(2_000);
});

test.each([-1, 61, 1.5, 'x', '', '1&wait=2'])('wait=%s is 422', async (seconds) => {
  const { wait } = await startWaiting();
  const { status, json } = await wait(seconds);
  expect([status, json.errors[0].pointer]).toEqual([422, 'wait']);
});

test('a client that goes away frees its place', async () => {
  const { url, key, task, waiting } = await startWaiting();
  const request = httpGet(`${url}/v1/tasks/status?task_id=${task}&wait=60`, { headers: { authorization: key } });
  request.on('error', () => {});
  await waiting(1);
  request.destroy();
  await waiting(0);
});

test('an end while the subscription is away is told when it is back', async () => {
  const { wait, waiting, worker, task } = await startWaiting();
  const answer = wait(30);
  await waiting(1);
  await Promise.all([redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'), worker.fail(task, 0)]);
  expect((await answer).json.output.task_status).toBe('Failure');
});

test('closing answers the present status at once', async () => {
  const { app, wait, waiting } = await startWaiting();
  const answer = wait(60);
  await waiting(1);
  const from = performance.now();
  await app.close();
  expect((await answer).json.output.task_status).toBe('Pending');
  expect(performance.now() - from).toBeLessThan(1_000);
});

test('a key that is revoked meanwhile is not answered', async () => {
  let now = 0;
  const { store, url, task, waiting } = await startWaiting({
    streamLimits: { judgeEveryMs: 50 },
    monotonicMs: () => now,
  });
  const made = await store.keys.create('acme', { scopes: ['read'] });
  if (typeof made === 'string') throw new Error(made);
  const answer = fetch(`${url}/v1/tasks/status?task_id=${task}&wait=60`, { headers: { authorization: made.key } });
  await waiting(1);
  await store.keys.remove('acme', made.kid);
  now += 5_001;
  expect((await answer).status).toBe(401);
});
