import { redisForTests, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { startEvents } from './events-setup.ts';
import { ADMIN_KEY, aBody, clientOf, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

const STREAM = '{reelay}:caller:acme:events';

test('all of a caller’s tasks are told from now on, and nobody else’s', async () => {
  const { aTask, followAll, worker, store, url } = await startEvents(redis.url);
  await aTask();
  const stream = await followAll();
  const stranger = clientOf(url, await makeCaller(store, 'stranger'));
  await stranger.submit(aBody());
  const [one, two] = [await aTask(), await aTask()];
  await worker.play(two);
  await stream.until(6);
  const told = stream.events.map(({ data }) => [data.task_id, data.type]);
  expect(told).toEqual([
    [one, 'task.queued'],
    [two, 'task.queued'],
    [two, 'task.submitting'],
    [two, 'task.submitted'],
    [two, 'task.running'],
    [two, 'task.failed'],
  ]);
  expect(stream.events[5]).toMatchObject({ event: 'task.failed', data: { sequence: 5, status: 'failed' } });
});

test('a client resumes after its last id, even when it was cut before the first event', async () => {
  const { aTask, followAll } = await startEvents(redis.url);
  const other = await startApi(redis.url);
  const cut = await followAll();
  await expect.poll(() => cut.lastEventId).toBe('0-0');
  cut.cut();
  const tasks = [];
  for (let i = 0; i < 250; i++) tasks.push(await aTask()); // more than two pages
  const resumed = await followAll({ 'last-event-id': '0-0' }, other.url);
  await resumed.until(250);
  expect(resumed.events.map(({ data }) => data.task_id)).toEqual(tasks);
  const [last] = tasks.slice(-1);
  const again = await followAll({ 'last-event-id': resumed.events[248]?.id ?? '' });
  await again.until(1);
  expect(again.events.map(({ data }) => data.task_id)).toEqual([last]);
});

test('an id that is older than what is kept is told as a gap, once, and what is kept follows', async () => {
  const { aTask, followAll } = await startEvents(redis.url);
  for (let i = 0; i < 5; i++) await aTask();
  const [[first = ''] = ['']] = await redis.client.xrange(STREAM, '-', '+');
  await redis.client.xtrim(STREAM, 'MAXLEN', '=', 3);
  const stream = await followAll({ 'last-event-id': first });
  await stream.until(4);
  expect(stream.events.map(({ event }) => event)).toEqual(['reelay.gap', ...Array(3).fill('task.queued')]);
  expect(stream.events[0]).toEqual({ id: undefined, event: 'reelay.gap', data: { since: first } });
  const kept = await followAll({ 'last-event-id': stream.events[1]?.id ?? '' });
  await kept.until(2);
  expect(kept.events.map(({ event }) => event)).toEqual(Array(2).fill('task.queued'));
});

test('an id of a Redis that was set back since is a gap too, and later events come', async () => {
  const { aTask, followAll } = await startEvents(redis.url);
  await aTask();
  const stream = await followAll({ 'last-event-id': '9999999999999-0' });
  await stream.until(1);
  const task = await aTask();
  await stream.until(2);
  expect(stream.events.map(({ event, data }) => [event, data.task_id])).toEqual([
    ['reelay.gap', undefined],
    ['task.queued', task],
  ]);
});

test('only the types asked for are told, and the id moves on all the same', async () => {
  const { aTask, followAll, worker, url } = await startEvents(redis.url, { streamLimits: { pingEveryMs: 300 } });
  const types = '?types=task.running,task.failed';
  const stream = await followAll({}, url, types);
  await worker.play(await aTask());
  await stream.until(2);
  expect(stream.events.map(({ event }) => event)).toEqual(['task.running', 'task.failed']);
  await aTask();
  const ids = (await redis.client.xrange(STREAM, '-', '+')).map(([id]) => id);
  await expect.poll(() => stream.lastEventId).toBe(ids.at(-1));
  expect(stream.events).toHaveLength(2);
});

test('a late answer is told with the state that its task is in', async () => {
  const { aTask, followAll, worker } = await startEvents(redis.url);
  const stream = await followAll();
  const task = await aTask();
  await worker.claim(task);
  await worker.unknown(task);
  await worker.submitted(task, 1, 'late');
  await aTask();
  await stream.until(5);
  expect(stream.events.map(({ data }) => [data.type, data.status])).toEqual([
    ['task.queued', 'queued'],
    ['task.submitting', 'submitting'],
    ['task.failed', 'failed'],
    ['task.late_answer', 'failed'],
    ['task.queued', 'queued'],
  ]);
});

test('what cannot be streamed is a problem', async () => {
  const { get, url, send } = await startEvents(redis.url);
  for (const id of ['x', '5', '1-', '-1', '01-1', '1'.repeat(20)]) {
    const { status, json } = await get('/v1/events', { 'last-event-id': id });
    expect([status, json.code], id).toEqual([400, 'bad_request']);
  }
  const { status, json } = await get('/v1/events?types=task.running,task.nothing');
  expect([status, json.errors[0].pointer]).toEqual([422, 'types']);
  expect((await clientOf(url, ADMIN_KEY).get('/v1/events')).json.code).toBe('forbidden');
  expect((await clientOf(url, 'rk_wrong_key').get('/v1/events')).status).toBe(401);
  expect((await send('HEAD', '/v1/events')).status).toBe(405);
});

test('while Redis is away a stream stays open, and then tells what was missed', async () => {
  const own = await startRedis();
  onTestFinished(own.stop);
  const { aTask, follow, followAll, worker } = await startEvents(own.url, { streamLimits: { pingEveryMs: 150 } });
  const task = await aTask();
  const [one, all] = [await follow(task), await followAll()];
  await one.until(1);
  own.kill('SIGKILL');
  await own.exited();
  const pings = () => one.blocks.filter(({ comment }) => comment === 'ping').length;
  const before = pings();
  await expect.poll(pings).toBeGreaterThan(before + 1);
  await own.restart();
  await worker.play(task);
  await one.ended;
  await all.until(4);
  expect(one.events.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
  expect(all.events.map(({ event }) => event)).toEqual([
    'task.submitting',
    'task.submitted',
    'task.running',
    'task.failed',
  ]);
});
