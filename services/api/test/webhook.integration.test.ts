import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { ADMIN_KEY, clientOf, makeCaller, misfits } from './setup.ts';
import { startWithTasks } from './webhooks-setup.ts';

const redis = redisForTests();
const HOOK = 'https://acme.example/hook';
const HOUR_MS = 3_600_000;
const OPEN = { disabled_at: null, old_secret_until: null };

test('a caller reads, sets and clears its default endpoint', async () => {
  const { get, put } = await startWithTasks(redis.url);
  const fresh = await get('/v1/webhook');
  expect([fresh.json, misfits('Webhook', fresh.json)]).toEqual([{ url: null, ...OPEN }, []]);
  expect((await put({ url: HOOK })).json).toEqual({ url: HOOK, ...OPEN });
  expect((await get('/v1/webhook')).json).toEqual({ url: HOOK, ...OPEN });
  expect((await put({ url: null })).json).toEqual({ url: null, ...OPEN });
});

test.each([
  ['https://user:word@acme.example/'],
  ['ftp://acme.example/'],
  ['https://10.0.0.1/'],
  ['https://169.254.169.254/'],
  ['not a url'],
])('the default endpoint %s is refused with its place, and the old one stays', async (url) => {
  const { get, put } = await startWithTasks(redis.url);
  await put({ url: HOOK });
  const refused = await put({ url });
  expect([refused.status, refused.json.code, refused.json.errors[0].pointer]).toEqual([422, 'invalid_request', '/url']);
  expect((await get('/v1/webhook')).json.url).toBe(HOOK);
});

test.each([
  [{}, '/url'],
  [{ url: 5 }, '/url'],
  [{ url: HOOK, events: [] }, '/events'],
])('the body %j is refused at %s', async (body, pointer) => {
  const { put } = await startWithTasks(redis.url);
  const refused = await put(body);
  expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, pointer]);
});

test('one caller neither sees nor changes the endpoint of another', async () => {
  const { url, store, put } = await startWithTasks(redis.url);
  await put({ url: HOOK });
  const stranger = clientOf(url, await makeCaller(store, 'stranger'));
  expect((await stranger.get('/v1/webhook')).json.url).toBe(null);
});

const CALLS = [
  ['GET', '/v1/webhook', 'read'],
  ['PUT', '/v1/webhook', 'submit'],
  ['POST', '/v1/webhook/rotate-secret', 'submit'],
  ['POST', '/v1/webhook/test', 'submit'],
  ['POST', '/v1/webhook/recover', 'submit'],
  ['GET', '/v1/tasks/task_0VCcGn8ibW4kPz7LmX2cRd/deliveries', 'read'],
  ['POST', '/v1/tasks/task_0VCcGn8ibW4kPz7LmX2cRd/redeliver', 'submit'],
] as const;

test.each(CALLS)('%s %s needs the scope %s', async (method, path, scope) => {
  const { url, store } = await startWithTasks(redis.url);
  const other = await makeCaller(store, 'other', [scope === 'read' ? 'submit' : 'read']);
  const refused = await clientOf(url, other).send(method, path);
  expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining(`the scope ${scope}`)]);
  expect((await clientOf(url, 'wrong').send(method, path)).status).toBe(401);
});

test('the admin key belongs to no caller, so it has no endpoint', async () => {
  const { url } = await startWithTasks(redis.url);
  const refused = await clientOf(url, ADMIN_KEY).get('/v1/webhook');
  expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining('belongs to no caller')]);
});

test('a rotation shows the new secret once, and says until when the old one signs', async () => {
  const { get, post } = await startWithTasks(redis.url);
  const before = Date.now();
  const { status, json, headers } = await post('/v1/webhook/rotate-secret', {});
  expect([status, misfits('RotatedSecret', json), headers.get('cache-control')]).toEqual([200, [], 'no-store']);
  expect(json.webhook_secret).toMatch(/^whsec_.{44}$/);
  expect(Date.parse(json.old_secret_until)).toBeGreaterThan(before + 24 * HOUR_MS - 5_000);
  const { json: seen } = await get('/v1/webhook');
  expect(seen).toEqual({ url: null, disabled_at: null, old_secret_until: json.old_secret_until });
});

test('a second rotation is 409 while the first lasts, unless it is forced', async () => {
  const { post } = await startWithTasks(redis.url);
  const first = await post('/v1/webhook/rotate-secret');
  const second = await post('/v1/webhook/rotate-secret', { force: false });
  expect([first.status, second.status, second.json.code]).toEqual([200, 409, 'rotation_in_progress']);
  const forced = await post('/v1/webhook/rotate-secret', { force: true });
  expect([forced.status, forced.json.webhook_secret === first.json.webhook_secret]).toEqual([200, false]);
});

test('an empty body may come with a content type too; an unknown field may not', async () => {
  const { send } = await startWithTasks(redis.url);
  const headers = { 'content-type': 'application/json' };
  expect((await send('POST', '/v1/webhook/rotate-secret', { headers })).status).toBe(200);
  const refused = await send('POST', '/v1/webhook/rotate-secret', { body: { forced: true } });
  expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, '/forced']);
  expect((await send('POST', '/v1/webhook/test', { body: { url: HOOK } })).status).toBe(422);
});

test('without an endpoint, or with one that was disabled, nothing can be tested', async () => {
  const { post, put, redis: connection } = await startWithTasks(redis.url);
  const none = await post('/v1/webhook/test');
  expect([none.status, none.json.code]).toEqual([409, 'no_endpoint']);
  await put({ url: HOOK });
  await connection.hset('{reelay}:caller:acme', 'webhook_disabled_at', String(Date.now()));
  const disabled = await post('/v1/webhook/test');
  expect([disabled.status, disabled.json.detail]).toEqual([409, expect.stringContaining('answered 410')]);
});

test('a test that no webhook-worker takes is a 202, and waits for one, for an hour', async () => {
  const { post, put } = await startWithTasks(redis.url, { limits: { webhookTestWithinMs: 300 } });
  await put({ url: HOOK });
  const { status, json } = await post('/v1/webhook/test');
  expect([status, misfits('WebhookTest', json)]).toEqual([202, []]);
  expect(json).toEqual({ id: expect.stringMatching(/^msg_test_/), delivered: null, attempt: null });
  expect(await redis.client.exists(`{reelay}:deliver:${json.id}`)).toBe(1);
  const left = await redis.client.pttl(`{reelay}:caller:acme:test:${json.id}`);
  expect(left > HOUR_MS - 60_000 && left <= HOUR_MS).toBe(true);
});

test.each([
  [{}, '/since'],
  [{ since: 'yesterday' }, '/since'],
  [{ since: '2026-03-01' }, '/since'],
  [{ since: '2026-03-01T12:00:00' }, '/since'],
  [{ since: '2026-13-01T12:00:00Z' }, '/since'],
  [{ since: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' }, '/until'],
])('recovering %j is refused at %s', async (body, pointer) => {
  const { post } = await startWithTasks(redis.url);
  const refused = await post('/v1/webhook/recover', body);
  expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, pointer]);
});
