import { gunzipSync } from 'node:zlib';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { startApi } from './setup.ts';

const redis = redisForTests();

test('the reference page needs no key, no inline script and no other host', async () => {
  const { app } = await startApi(redis.url);
  const { statusCode, headers, body } = await app.inject('/reference');
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers['content-security-policy']).toMatch(/default-src 'none'; ?script-src 'self'/);
  expect(body).not.toMatch(/https?:\/\//);
  expect(body).toContain('<script src="reference/scalar.js"></script>');
  for (const [script] of body.matchAll(/<script(?![^>]*(src=|type="application\/json")).*?>/g)) expect(script).toBe('');
});

test('its script is zipped for who takes that, and not sent twice', async () => {
  const { app } = await startApi(redis.url);
  const url = '/reference/scalar.js';
  const plain = await app.inject({ url, headers: { 'accept-encoding': 'identity' } });
  const zipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
  expect(plain.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', vary: 'accept-encoding' });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
  const again = await app.inject({ url, headers: { 'if-none-match': String(plain.headers.etag) } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test('the type of a problem leads to the page of its code, and from there to what it belongs to', async () => {
  const { app } = await startApi(redis.url);
  const { type } = (await app.inject('/v1/tasks/x')).json();
  const page = await app.inject(type);
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.body).toContain('<h2>unauthorized</h2>');
  expect((await app.inject('/errors/submit_unknown')).body).toContain('href="./unknown-outcomes"');
  expect((await app.inject('/errors/unknown-outcomes')).body).toContain('late_upstream_task_id');
  expect((await app.inject('/errors')).body).toContain('href="errors/unknown-outcomes"');
});

test('a code that is none is a 404 like any other', async () => {
  const { app } = await startApi(redis.url);
  const answer = await app.inject('/errors/nonsense');
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'route_not_found']);
});
