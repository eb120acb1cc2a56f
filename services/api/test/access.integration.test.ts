import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf, enqueued, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

const WRONG_KEYS: [what: string, authorization: string | undefined][] = [
  ['no key', undefined],
  ['an empty key', ''],
  ['a text that is no key', 'let me in'],
  ['another scheme', 'Basic YWJjOmRlZg=='],
  ['a key of nobody', 'rk_nobody_secret'],
  ['a very long key', `rk_a_${'b'.repeat(5_000)}`],
];

test.each(WRONG_KEYS)('%s is 401 with the scheme to use, before the body is read', async (_what, authorization) => {
  const { url } = await startApi(redis.url);
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  const response = await fetch(`${url}/v1/tasks/submit`, { method: 'POST', headers, body: '{"bad' });
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await response.json()).toMatchObject({ code: 'unauthorized', error: { type: 'auth_error' } });
  expect(await enqueued(redis.client)).toEqual({ tasks: 0, jobs: 0 });
});

test('the right key id with a wrong secret is 401', async () => {
  const { url, key } = await startApi(redis.url);
  const answer = await clientOf(
    url,
    key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
  ).submit(aBody());
  expect(answer.status).toBe(401);
});

test.each([
  [['read'], 200, 403, 403],
  [['submit'], 403, 200, 403],
  [['admin'], 200, 403, 200],
] as const)(
  'a key with %j reads with %i, submits with %i, administers with %i',
  async (scopes, read, submits, admin) => {
    const { url, store, submit } = await startApi(redis.url);
    const { json } = await submit(aBody());
    const client = clientOf(url, await makeCaller(store, 'acme', [...scopes]));
    const answers = [
      await client.get(`/v1/tasks/${json.output.task_id}`),
      await client.submit(aBody()),
      await client.get('/v1/admin/callers'),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([read, submits, admin]);
  },
);

test('403 names the scope that is needed', async () => {
  const { url, store } = await startApi(redis.url);
  const answer = await clientOf(url, await makeCaller(store, 'reader', ['read'])).submit(aBody());
  expect(answer.json).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('the scope submit') });
});

test('the admin key reads any task, and submits none, because it has no caller', async () => {
  const { url, submit } = await startApi(redis.url);
  const { json } = await submit(aBody());
  const operator = clientOf(url, ADMIN_KEY);
  expect((await operator.get(`/v1/tasks/${json.output.task_id}`)).status).toBe(200);
  const refused = await operator.submit(aBody());
  expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining('REELAY_ADMIN_KEY')]);
});

test('a foreign task and one that never was are answered alike', async () => {
  const { url, store, submit } = await startApi(redis.url);
  const { json } = await submit(aBody());
  const stranger = clientOf(url, await makeCaller(store, 'stranger'));
  const never = 'task_0VCcGn8ibW4kPz7LmX2cRd';
  for (const path of ['/v1/tasks/', '/v1/tasks/status?task_id=']) {
    const headers = { 'x-request-id': 'same' };
    const foreign = await stranger.get(`${path}${json.output.task_id}`, headers);
    const unknown = await stranger.get(`${path}${never}`, headers);
    expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
  }
});

test('a revoked key stops to work after 3 seconds, a new one works after 1', async () => {
  const clock = { at: 0 };
  const { app, store } = await startApi(redis.url, { monotonicMs: () => clock.at });
  const key = await makeCaller(store, 'leaver');
  const status = async (authorization: string) =>
    (await app.inject({ url: '/v1/tasks/x', headers: { authorization } })).statusCode;
  expect(await status(key)).toBe(404);
  await store.keys.remove('leaver', key.split('_')[1] ?? '');
  clock.at = 3_000;
  expect(await status(key)).toBe(401);
  expect(await status('rk_soon_there')).toBe(401);
  await store.keys.write('leaver', { kid: 'soon', secret: 'there' }, { scopes: ['read'] });
  clock.at = 4_000;
  expect(await status('rk_soon_there')).toBe(404);
});
