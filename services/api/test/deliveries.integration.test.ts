import { redisForTests } from '@reelay/testing';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { clientOf, makeCaller, misfits } from './setup.ts';
import { startWithTasks } from './webhooks-setup.ts';

// What the routes do to the records; no webhook-worker runs here. webhook-deliveries.integration.test.ts has one.

const redis = redisForTests();
const HOOK = 'http://127.0.0.1:9/hook';
const NEVER = 'task_0VCcGn8ibW4kPz7LmX2cRd';
const CREATED_AT = Date.parse('2026-03-01T12:00:00Z');

test('a task whose end waits to be delivered lists it', async () => {
  const { endedTask, get } = await startWithTasks(redis.url);
  const task = await endedTask({ webhook_url: HOOK });
  const { status, json } = await get(`/v1/tasks/${task}/deliveries`);
  expect([status, misfits('WebhookDeliveryList', json)]).toEqual([200, []]);
  const time = expect.stringMatching(/^\d{4}-.*Z$/);
  const pending = { state: 'pending', round: 1, attempts: [], next_at: time, created_at: time };
  const webhook_id = `msg_${task.slice('task_'.length)}_canceled`;
  expect(json).toEqual({ data: [{ event: 'task.canceled', webhook_id, ...pending }], next_cursor: null });
});

test('a task that nobody listens to has no deliveries', async () => {
  const { endedTask, get } = await startWithTasks(redis.url);
  const { json } = await get(`/v1/tasks/${await endedTask()}/deliveries`);
  expect(json).toEqual({ data: [], next_cursor: null });
});

test("another caller's task, one that never was and no id at all are answered alike", async () => {
  const { url, store, endedTask } = await startWithTasks(redis.url);
  const task = await endedTask({ webhook_url: HOOK });
  // The scope admin reads any task, and sends nobody's events but its own caller's.
  const stranger = clientOf(url, await makeCaller(store, 'stranger', ['submit', 'read']));
  const admin = clientOf(url, await makeCaller(store, 'boss', ['submit', 'admin']));
  const headers = { 'x-request-id': 'same' };
  for (const [method, path, client] of [
    ['GET', 'deliveries', stranger],
    ['POST', 'redeliver', stranger],
    ['POST', 'redeliver', admin],
  ] as const) {
    const [foreign, unknown, odd] = await Promise.all(
      [task, NEVER, 'x'].map((id) => client.send(method, `/v1/tasks/${id}/${path}`, { headers })),
    );
    expect([foreign?.status, foreign?.text, odd?.text]).toEqual([404, unknown?.text, unknown?.text]);
  }
  expect(await redis.client.hget(`{reelay}:task:${task}`, 'delivery.canceled')).toMatch(/^1 pending 1 0 /);
});

test('sending again begins a new round of the final event with the same webhook-id', async () => {
  const { endedTask, post } = await startWithTasks(redis.url);
  const task = await endedTask({ webhook_url: HOOK });
  const { status, json } = await post(`/v1/tasks/${task}/redeliver`);
  expect([status, misfits('WebhookDelivery', json)]).toEqual([202, []]);
  expect(json).toMatchObject({
    event: 'task.canceled',
    webhook_id: `msg_${task.slice('task_'.length)}_canceled`,
    state: 'pending',
    round: 2,
  });
  expect(await redis.client.exists(`{reelay}:deliver:${task}-canceled-2`)).toBe(1);
});

test.each([
  ['a task that has not ended', 'queued', undefined, 409, 'not_final'],
  ['an event that has not happened', 'queued', 'task.succeeded', 409, 'event_not_happened'],
  ['an event of another end', 'ended', 'task.succeeded', 409, 'event_not_happened'],
  ['an event that was not asked for', 'ended', 'task.running', 409, 'event_not_happened'],
  ['a word that is no event', 'ended', 'webhook.test', 422, 'invalid_request'],
] as const)('%s cannot be sent again', async (_what, which, event, status, code) => {
  const { queuedTask, endedTask, post } = await startWithTasks(redis.url);
  const task = await (which === 'queued' ? queuedTask : endedTask)({ webhook_url: HOOK });
  const refused = await post(`/v1/tasks/${task}/redeliver`, event ? { event } : undefined);
  expect([refused.status, refused.json.code]).toEqual([status, code]);
});

test('without an address nothing is sent again; with one, an event that nobody was told of is', async () => {
  const { endedTask, post, put } = await startWithTasks(redis.url);
  const task = await endedTask();
  const refused = await post(`/v1/tasks/${task}/redeliver`, {});
  expect([refused.status, refused.json.code]).toEqual([409, 'no_endpoint']);
  await put({ url: HOOK });
  const sent = await post(`/v1/tasks/${task}/redeliver`, {});
  expect([sent.status, sent.json.round]).toEqual([202, 1]);
});

/** Ended tasks whose one delivery is exhausted, written as the scripts leave them; task `i` was created at `i` ms. */
async function exhausted(client: Redis, count: number, about: { caller?: string; url?: string | null } = {}) {
  const { caller = 'acme', url = HOOK } = about;
  const ids = Array.from({ length: count }, (_, i) => `task_${String(i).padStart(26, caller === 'acme' ? '0' : '1')}`);
  const write = client.pipeline();
  for (const [i, id] of ids.entries()) {
    const createdAt = CREATED_AT + i;
    const fields = { v: 1, status: 'failed', caller, claim: 1, sequence: 3, created_at: createdAt };
    const delivery = { 'delivery.failed': '1 exhausted 1 10 3 0 0 0 -' };
    const ended = { ...fields, finished_at: createdAt, ...delivery };
    write.hset(`{reelay}:task:${id}`, { ...ended, ...(url ? { webhook_url: url } : {}) });
    write.zadd(`{reelay}:caller:${caller}:exhausted`, createdAt, `${id} task.failed`);
  }
  await write.exec();
  return ids;
}

const SINCE = { since: new Date(CREATED_AT).toISOString() };
const state = async (id: string) => (await redis.client.hget(`{reelay}:task:${id}`, 'delivery.failed'))?.split(' ')[1];

test('recovering sends up to 1,000 exhausted deliveries again, and says whether there are more', async () => {
  const { post } = await startWithTasks(redis.url);
  await exhausted(redis.client, 1_001);
  const first = await post('/v1/webhook/recover', SINCE);
  expect([first.status, first.json, misfits('RecoveredWebhooks', first.json)]).toEqual([
    200,
    { count: 1_000, more: true },
    [],
  ]);
  expect(await redis.client.zcard('{reelay}:undelivered')).toBe(1_000);
  expect(await redis.client.llen('{reelay}:deliver:wait')).toBe(1_000);
  expect((await post('/v1/webhook/recover', SINCE)).json).toEqual({ count: 1, more: false });
  expect((await post('/v1/webhook/recover', SINCE)).json).toEqual({ count: 0, more: false });
});

test("recovering keeps to its time and to the caller's own deliveries", async () => {
  const { post } = await startWithTasks(redis.url);
  const [before, within, after] = await exhausted(redis.client, 3);
  const [foreign] = await exhausted(redis.client, 1, { caller: 'stranger' });
  const time = new Date(CREATED_AT + 1).toISOString();
  expect((await post('/v1/webhook/recover', { since: time, until: time })).json).toEqual({ count: 1, more: false });
  const states = await Promise.all([before, within, after, foreign].map((id) => state(id ?? '')));
  expect(states).toEqual(['exhausted', 'pending', 'exhausted', 'exhausted']);
});

test('what has no address stays exhausted, and nobody is told to come again for it', async () => {
  const { post } = await startWithTasks(redis.url);
  const [task = ''] = await exhausted(redis.client, 1_001, { url: null });
  expect((await post('/v1/webhook/recover', SINCE)).json).toEqual({ count: 0, more: false });
  expect(await state(task)).toBe('exhausted');
});
