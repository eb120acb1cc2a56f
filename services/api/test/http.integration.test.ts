import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { aBody, startApi } from './setup.ts';

const redis = redisForTests();

/** Sends bytes and gives all that comes back until the server closes. */
async function sendRaw(
  url: string,
  bytes: string,
): Promise<{ status: number; head: string; body: Record<string, unknown> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body: JSON.parse(body) };
}

test.each([
  ['broken HTTP', 'NONSENSE\r\n\r\n', 400],
  ['headers that are too long', `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 400],
  ['a wrong content length', 'POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400],
  ['an unknown expectation', 'GET /no HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n', 404],
  ['no host', 'GET /no HTTP/1.1\r\nConnection: close\r\n\r\n', 404],
])('%s is answered with a problem', async (_what, bytes, status) => {
  const { url } = await startApi(redis.url);
  const answer = await sendRaw(url, bytes);
  expect(answer).toMatchObject({ status, body: { status, code: expect.any(String), error: expect.anything() } });
  expect(answer.head).toContain('content-type: application/problem+json');
  expect(answer.head).toContain(`x-request-id: ${answer.body['request_id']}`);
});

test('a body that does not come is ended', async () => {
  const { url, key } = await startApi(redis.url, { limits: { requestTimeoutMs: 300 } });
  const head = `POST /v1/tasks/submit HTTP/1.1\r\nHost: a\r\nAuthorization: ${key}\r\nContent-Type: application/json\r\n`;
  const answer = await sendRaw(url, `${head}Content-Length: 100\r\n\r\n{"model"`);
  expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining('in time') } });
});

test('a body far over the limit is told so, not cut off', async () => {
  const { submit } = await startApi(redis.url);
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => submit(aBody({ input: { prompt: 'x'.repeat(8 * 1024 ** 2) } }))),
  );
  expect(answers.map((answer) => answer.json.code)).toEqual(Array(5).fill('body_too_large'));
});

test.each([
  ['abc-1.2_Z', 'abc-1.2_Z'],
  ['x'.repeat(129), /^[0-9a-f-]{36}$/],
  ['a b', /^[0-9a-f-]{36}$/],
])('X-Request-Id %o comes back as %o', async (sent, expected) => {
  const { get } = await startApi(redis.url);
  const answer = await get('/livez', { 'x-request-id': sent });
  expect(answer.headers.get('x-request-id')).toMatch(expected);
});

test('a late event loop sheds load, and /livez still answers', async () => {
  const { app, get } = await startApi(redis.url, { limits: { mostEventLoopDelayMs: 20 } });
  const overloaded = async () => {
    blockFor(150);
    return (await get('/v1/tasks/x')).json.code;
  };
  await expect.poll(overloaded, { timeout: 5_000, interval: 1 }).toBe('overloaded');
  const [shed, alive] = await Promise.all([app.inject('/v1/tasks/x'), app.inject('/livez')]);
  expect([shed.statusCode, shed.headers['retry-after'], alive.statusCode]).toEqual([503, '2', 200]);
});

function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
