import { eventually, redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { startEvents } from './events-setup.ts';
import { ADMIN_KEY, clientOf, makeCaller, misfits, startApi } from './setup.ts';
import { openStream } from './sse-client.ts';

const redis = redisForTests();

const LIFE = ['task.queued', 'task.submitting', 'task.submitted', 'task.running', 'task.failed'];

test('a stream tells what has happened, then what happens, ends with the task, and agrees with the list', async () => {
  const { aTask, follow, worker, get } = await startEvents(redis.url);
  const task = await aTask();
  const stream = await follow(task, { 'x-request-id': 'mine' });
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': 'mine',
  });
  await stream.until(1);
  expect(stream.blocks[0]).toMatchObject({ retry: expect.stringMatching(/^\d{4}$/), comment: 'connected' });
  await worker.play(task);
  await stream.ended;
  expect(stream.events.map(({ event }) => event)).toEqual(LIFE);
  expect(stream.events.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
  const { json, headers } = await get(`/v1/tasks/${task}/events`);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(json.data).toEqual(stream.events.map(({ data }) => data));
  expect(misfits('TimelineEventList', json)).toEqual([]);
  expect(json.data[2]).toEqual({
    task_id: task,
    sequence: 3,
    type: 'task.submitted',
    status: 'submitted',
    at: expect.stringMatching(/Z$/),
    detail: `up-${task}`,
  });
});

test('a client that was cut resumes after the last id, at this process or another', async () => {
  const { aTask, follow, worker } = await startEvents(redis.url);
  const other = await startApi(redis.url);
  const task = await aTask();
  await worker.send(task);
  const cut = await follow(task);
  await cut.until(3);
  cut.cut();
  await worker.running(task);
  const here = await follow(task, { 'last-event-id': cut.lastEventId ?? '' });
  const there = await follow(task, { 'last-event-id': '2' }, other.url);
  await worker.fail(task);
  await Promise.all([here.ended, there.ended]);
  expect(here.events.map(({ event }) => event)).toEqual(LIFE.slice(3));
  expect(there.events.map(({ event }) => event)).toEqual(LIFE.slice(2));
});

test('the stream of a final task is told and ends; with nothing left to tell it is 204', async () => {
  const { aTask, follow, worker } = await startEvents(redis.url);
  const task = await aTask();
  await worker.play(task);
  const all = await follow(task);
  await all.ended;
  expect(all.events.map(({ event }) => event)).toEqual(LIFE);
  const rest = await follow(task, { 'last-event-id': '4' });
  await rest.ended;
  expect(rest.events.map(({ event }) => event)).toEqual(['task.failed']);
  expect((await follow(task, { 'last-event-id': '5' })).status).toBe(204);
  const unheardOf = await follow(task, { 'last-event-id': '99' });
  await unheardOf.ended;
  expect(unheardOf.events).toHaveLength(5);
});

test('late answers come once, live and stored, and break no resume', async () => {
  const { aTask, follow, worker } = await startEvents(redis.url);
  const task = await aTask({ on_submit_unknown: 'resubmit' });
  const live = await follow(task);
  await worker.claim(task);
  await worker.unknown(task);
  await live.until(3);
  await worker.submitted(task, 1, 'late-1');
  await worker.submitted(task, 1, 'late-2');
  await live.until(5);
  const ids = ['1', '2', '3', '3.1', '3.2'];
  expect(live.events.map(({ id }) => id)).toEqual(ids);
  expect(live.events.at(-1)?.data).toMatchObject({
    type: 'task.late_answer',
    status: 'queued',
    sequence: 3,
    detail: 'late-2',
  });
  for (const [i, id] of ids.entries()) {
    const resumed = await follow(task, { 'last-event-id': id });
    if (i < 4) await resumed.until(4 - i);
    expect(resumed.events.map((event) => event.id)).toEqual(ids.slice(i + 1));
  }
  await worker.fail(task, 1);
  await live.ended;
  expect(live.events.at(-1)).toMatchObject({ id: '4', event: 'task.failed' });
});

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['text/event-stream;q=0', 'application/json'],
  ['application/json, text/event-stream', 'application/json'],
  ['text/event-stream;q=0.5, application/json', 'application/json'],
  ['text/event-stream', 'text/event-stream'],
  ['Text/Event-Stream; charset=utf-8', 'text/event-stream'],
  ['text/event-stream, */*;q=0.1', 'text/event-stream'],
  ['application/json;q=0.1, text/event-stream', 'text/event-stream'],
])('Accept %s is answered as %s', async (accept, type) => {
  const { aTask, follow } = await startEvents(redis.url);
  const { headers } = await follow(await aTask(), { ...(accept === undefined ? { accept: '' } : { accept }) });
  expect(headers['content-type']).toContain(type);
});

test('what cannot be streamed is a problem', async () => {
  const { aTask, get, url, store } = await startEvents(redis.url);
  const task = await aTask();
  const sse = { accept: 'text/event-stream' };
  for (const id of ['x', '-1', '1.', '3-1', '1'.repeat(10), '٣']) {
    const headers = { ...sse, 'last-event-id': encodeURIComponent(id) };
    const { status, json } = await get(`/v1/tasks/${task}/events`, headers);
    expect([status, json.code], id).toEqual([400, 'bad_request']);
  }
  const stranger = clientOf(url, await makeCaller(store, 'stranger'));
  for (const path of [`/v1/tasks/${task}/events`, '/v1/tasks/task_0VCcGn8ibW4kPz7LmX2cRd/events']) {
    const { status, json } = await stranger.get(path, sse);
    expect([status, json.code]).toEqual([404, 'task_not_found']);
  }
  const admin = await openStream(`${url}/v1/tasks/${task}/events`, ADMIN_KEY);
  await admin.until(1);
  const { status, text } = await clientOf(url, ADMIN_KEY).send('HEAD', `/v1/tasks/${task}/events`, { headers: sse });
  expect([status, text]).toEqual([200, '']);
});

test('idle streams are pinged', async () => {
  const { aTask, follow } = await startEvents(redis.url, { streamLimits: { pingEveryMs: 150 } });
  const stream = await follow(await aTask());
  await eventually(() => expect(stream.blocks.filter(({ comment }) => comment === 'ping')).toHaveLength(3));
});

test('nothing is missed while the subscription is cut again and again', async () => {
  const { aTask, follow, followAll, worker } = await startEvents(redis.url);
  const all = await followAll();
  const tasks = await Promise.all(Array.from({ length: 20 }, () => aTask()));
  const streams = await Promise.all(tasks.map((task) => follow(task)));
  let playing = true;
  const killing = (async () => {
    let kills = 0;
    for (; playing; kills++) {
      await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    return kills;
  })();
  for (const task of tasks) {
    await worker.send(task);
    await new Promise((resolve) => setTimeout(resolve, 15));
    await worker.running(task);
    await worker.fail(task);
  }
  playing = false;
  expect(await killing).toBeGreaterThan(3);
  await Promise.all(streams.map(({ ended }) => ended));
  for (const stream of streams) expect(stream.events.map(({ event }) => event)).toEqual(LIFE);
  await all.until(100);
  expect(all.events).toHaveLength(100);
  const ids = await redis.client.xrange('{reelay}:caller:acme:events', '-', '+');
  expect(all.events.map(({ id }) => id)).toEqual(ids.map(([id]) => id));
});

test('one subscription serves all streams of a process, and a closed stream leaves nothing', async () => {
  const { aTask, follow, store, url, key } = await startEvents(redis.url, { streamLimits: { mostPerCaller: 3 } });
  const task = await aTask();
  const streams = await Promise.all([follow(task), follow(task), follow(task)]);
  expect(await redis.client.pubsub('NUMSUB', '{reelay}:events')).toEqual(['{reelay}:events', 1]);
  const { json, status, headers } = await clientOf(url, key).get(`/v1/tasks/${task}/events`, {
    accept: 'text/event-stream',
  });
  expect([status, json.code]).toEqual([429, 'rate_limited']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  for (const stream of streams) stream.cut();
  await eventually(() => expect(store.events.streams.count).toBe(0));
  expect((await openStream(`${url}/v1/events`, key)).status).toBe(200);
});

test('a process that is full says overloaded', async () => {
  const { aTask, follow, get } = await startEvents(redis.url, { streamLimits: { most: 1 } });
  const task = await aTask();
  await follow(task);
  const { status, json, headers } = await get('/v1/events');
  expect([status, json.code]).toEqual([503, 'overloaded']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

test('a reader that takes nothing is cut off, the others are not', async () => {
  const { followAll, worker } = await startEvents(redis.url);
  const slow = await followAll();
  const good = await followAll();
  slow.pause();
  const entry = `task_x 1 1700000000000 queued ${'x'.repeat(20_000)}`;
  const count = 700; // more than the kernel's buffers of both ends take
  for (let i = 0; i < count; i++) {
    const id = await worker.redis.xadd('{reelay}:caller:acme:events', '*', 'e', entry);
    await worker.redis.publish('{reelay}:events', `${id} acme ${entry}`);
  }
  await good.until(count, 10_000);
  slow.resume();
  await slow.ended;
  expect(slow.events.length).toBeLessThan(count);
  const resumed = await followAll({ 'last-event-id': slow.lastEventId ?? '' });
  await resumed.until(count - slow.events.length, 10_000);
  expect(resumed.events).toHaveLength(count - slow.events.length);
});

test('a revoked key ends its streams within seconds, and no other', async () => {
  let now = 0;
  const { store, url, follow, aTask } = await startEvents(redis.url, {
    streamLimits: { judgeEveryMs: 50 },
    monotonicMs: () => now,
  });
  const other = await follow(await aTask());
  const made = await store.keys.create('acme', { scopes: ['read'] });
  if (typeof made === 'string') throw new Error(made);
  const stream = await openStream(`${url}/v1/events`, made.key);
  await store.keys.remove('acme', made.kid);
  now += 5_001; // what the identity cache knows is older then
  await stream.ended;
  expect(stream.blocks.at(-1)?.comment).toBe('the key is no longer valid');
  expect(other.blocks.at(-1)?.comment).toBe(undefined);
});

test('closing ends the streams at once, with a word', async () => {
  const { app, aTask, follow, followAll } = await startEvents(redis.url);
  const streams = [await follow(await aTask()), await followAll()];
  const from = performance.now();
  await app.close();
  await Promise.all(streams.map(({ ended }) => ended));
  expect(performance.now() - from).toBeLessThan(1_000);
  for (const { blocks } of streams) expect(blocks.at(-1)?.comment).toBe('this process ends; connect again');
});
