import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf, misfits, startApi } from './setup.ts';

const redis = redisForTests();

async function startAsAdmin() {
  const api = await startApi(redis.url);
  const operator = clientOf(api.url, ADMIN_KEY);
  const post = (path: string, body: unknown) => operator.send('POST', path, { body });
  return { ...api, ...operator, post };
}

test('a caller and a key are made, and the key submits', async () => {
  const { post, url } = await startAsAdmin();
  const caller = await post('/v1/admin/callers', { id: 'new', webhook_url: 'http://127.0.0.1/in', limits: {} });
  expect([caller.status, caller.headers.get('cache-control')]).toEqual([201, 'no-store']);
  expect(caller.json).toEqual({
    id: 'new',
    name: null,
    webhook_url: 'http://127.0.0.1/in',
    limits: {},
    created_at: expect.any(String),
    webhook_secret: expect.stringMatching(/^whsec_/),
  });
  const key = await post('/v1/admin/callers/new/keys', { scopes: ['submit'], expires_in: 3600 });
  expect([...misfits('NewCaller', caller.json), ...misfits('NewKey', key.json)]).toEqual([]);
  expect(key.json).toMatchObject({ key: expect.stringMatching(/^rk_/), scopes: ['submit'] });
  expect((await clientOf(url, key.json.key).submit(aBody())).status).toBe(200);
});

test('callers are read, changed, listed and deleted; no answer shows a secret again', async () => {
  const { get, post, send } = await startAsAdmin();
  await post('/v1/admin/callers', { id: 'new', name: 'Old' });
  const { json: key } = await post('/v1/admin/callers/new/keys', { scopes: ['read'] });
  const changed = await send('PATCH', '/v1/admin/callers/new', {
    body: { name: null, limits: { queued_tasks: 5 } },
  });
  expect(changed.json).toMatchObject({ id: 'new', name: null, limits: { queued_tasks: 5 }, keys: [{ kid: key.kid }] });
  expect((await get('/v1/admin/callers/new')).json).toEqual(changed.json);
  const list = await get('/v1/admin/callers');
  expect(list.json).toMatchObject({ data: [{ id: 'acme' }, { id: 'new' }], next_cursor: null });
  expect(misfits('CallerList', list.json)).toEqual([]);
  expect(list.text).not.toMatch(/whsec_|rk_/);
  expect((await send('DELETE', '/v1/admin/callers/new')).status).toBe(204);
  expect((await get('/v1/admin/callers/new')).json.code).toBe('caller_not_found');
});

test('a list of more than 100 callers goes on at its cursor', async () => {
  const { get, store } = await startAsAdmin();
  await Promise.all(Array.from({ length: 104 }, (_, i) => store.callers.create({ id: `c${i}` })));
  const first = await get('/v1/admin/callers');
  const second = await get(`/v1/admin/callers?cursor=${first.json.next_cursor}`);
  expect([first.json.data.length, second.json.data.length, second.json.next_cursor]).toEqual([100, 5, null]);
});

test('a key is revoked once', async () => {
  const { post, send, url } = await startAsAdmin();
  const { json: key } = await post('/v1/admin/callers/acme/keys', { scopes: ['read'] });
  const path = `/v1/admin/callers/acme/keys/${key.kid}`;
  expect((await send('DELETE', path)).status).toBe(204);
  expect((await send('DELETE', path)).json.code).toBe('key_not_found');
  expect((await clientOf(url, key.key).get('/v1/tasks/x')).status).toBe(401);
});

test.each([
  ['POST', '/v1/admin/callers', { id: 'acme' }, 409, 'caller_exists'],
  ['POST', '/v1/admin/callers', { id: 'Not An Id' }, 422, 'invalid_request'],
  ['POST', '/v1/admin/callers', { id: 'x', webhook_url: 'http://10.0.0.1' }, 422, 'invalid_request'],
  ['POST', '/v1/admin/callers', { id: 'x', limits: { queued: 1 } }, 422, 'invalid_request'],
  ['PATCH', '/v1/admin/callers/acme', {}, 422, 'invalid_request'],
  ['PATCH', '/v1/admin/callers/acme', { webhook_url: 'http://10.0.0.1' }, 422, 'invalid_request'],
  ['PATCH', '/v1/admin/callers/nobody', { name: 'x' }, 404, 'caller_not_found'],
  ['GET', '/v1/admin/callers/nobody', undefined, 404, 'caller_not_found'],
  ['GET', '/v1/admin/callers/acme:keys', undefined, 404, 'caller_not_found'],
  ['GET', '/v1/admin/callers?cursor=x', undefined, 400, 'bad_request'],
  ['DELETE', '/v1/admin/callers/nobody', undefined, 404, 'caller_not_found'],
  ['POST', '/v1/admin/callers/nobody/keys', { scopes: ['read'] }, 404, 'caller_not_found'],
  ['POST', '/v1/admin/callers/acme/keys', { scopes: [] }, 422, 'invalid_request'],
  ['POST', '/v1/admin/callers/acme/keys', { scopes: ['root'] }, 422, 'invalid_request'],
  ['DELETE', '/v1/admin/callers/acme/keys/nokey', undefined, 404, 'key_not_found'],
])('%s %s with %j is %i %s', async (method, path, body, status, code) => {
  const { send } = await startAsAdmin();
  const answer = await send(method, path, { body });
  expect([answer.status, answer.json.code]).toEqual([status, code]);
});
