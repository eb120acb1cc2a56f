import { eventually, redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { startEvents } from './events-setup.ts';

const redis = redisForTests();

/** An erased task that was settled without its upstream's answer, which comes `late` after all. */
async function setup() {
  const api = await startEvents(redis.url);
  const task = await api.aTask();
  await api.worker.claim(task);
  await api.worker.unknown(task);
  await api.send('DELETE', `/v1/tasks/${task}`);
  return { ...api, task, late: () => api.worker.submitted(task) };
}

test('a late answer to an erased task is told as one of a failed task, in its list and in both streams', async () => {
  const { task, late, get, follow, followAll } = await setup();
  const live = await followAll();
  await late();
  await live.until(1);
  const told = { type: 'task.late_answer', sequence: 3, status: 'failed' };
  expect((await get(`/v1/tasks/${task}/events`)).json.data).toEqual([expect.objectContaining(told)]);
  const stream = await follow(task);
  await stream.ended;
  for (const { events } of [live, stream]) expect(events[0]?.data).toMatchObject(told);
});

test('erased after its late answer, it is told as failed to whoever resumes before that', async () => {
  const { aTask, worker, send, followAll } = await startEvents(redis.url);
  const before = await followAll();
  await eventually(() => expect(before.lastEventId).toBeDefined());
  const task = await aTask();
  await worker.claim(task);
  await worker.unknown(task);
  await worker.submitted(task);
  await send('DELETE', `/v1/tasks/${task}`);
  const resumed = await followAll({ 'last-event-id': before.blocks.find(({ id }) => id)?.id ?? '' });
  await resumed.until(4);
  expect(resumed.events[3]?.data).toMatchObject({ type: 'task.late_answer', status: 'failed' });
});

test('a client that follows an erased task is told not to come back', async () => {
  const { task, get } = await setup();
  const { status, text } = await get(`/v1/tasks/${task}/events`, { accept: 'text/event-stream' });
  expect([status, text]).toEqual([204, '']);
});
