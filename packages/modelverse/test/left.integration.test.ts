// The rows "sent" of the table in facts.md ("One POST with undici: did it leave?"), measured on undici 8.12.4.
// Where 8.12.4 differs from the table (taken on 7.30), the class never changes: a garbage reply's HTTPParserError carries
// no code, and headers, body and size limits are cut by our own timers in exchange.ts (with undici's error codes).
import type { Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE, httpAnswer } from './raw-server.ts';
import { answering, KEY, SUBMISSION, setup, upstreamError } from './setup.ts';

const ACCEPTED = { output: { task_id: 'up-1' }, request_id: 'req-1' };
const UPLOAD = { ...SUBMISSION, input: { image: 'x'.repeat(16 * 1024 * 1024) } };

const withoutAnswer: readonly [string, (socket: Socket) => void, string][] = [
  ['reset after the request', (socket) => socket.resetAndDestroy(), 'connection_lost'],
  ['closed without reply', (socket) => socket.end(), 'connection_lost'],
  ['no answer in time (our abort in flight)', () => {}, 'headers_timeout'],
  ['only interim answers until the time is up', trickleInterimAnswers, 'headers_timeout'],
  ['a garbage reply', (socket) => socket.end('SMTP says hello\r\n\r\n'), 'not_http'],
  [
    'a switch of protocols that nobody asked for',
    (socket) => socket.end(httpAnswer(101, '', { connection: 'upgrade', upgrade: 'x' })),
    'connection_lost',
  ],
  ['a head that never ends', (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), 'not_http'],
];

test.each(withoutAnswer)('%s: unknown, and sent once', async (_name, onRequest, reason) => {
  const { server, client } = await setup({ onRequest }, { submitHeadersMs: 200 });

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'unknown', reason, likelyCreated: false });
  expect(server.requests).toHaveLength(1);
  expect(server.connections()).toBe(1);
});

test('a reset during the upload: unknown, and tried once', async () => {
  const { server, client } = await setup({ onBytes: (socket) => socket.resetAndDestroy() });

  expect(await client.submit(UPLOAD)).toMatchObject({
    kind: 'unknown',
    reason: 'connection_lost',
    likelyCreated: false,
  });
  expect(server.bytesRead()).toBeGreaterThan(0);
  expect(server.connections()).toBe(1);
});

test('an upload that the upstream stops reading: unknown when the time is up', async () => {
  const { server, client } = await setup({ onConnection: (socket) => socket.pause() }, { submitHeadersMs: 200 });

  expect(await client.submit(UPLOAD)).toMatchObject({ kind: 'unknown', reason: 'headers_timeout' });
  expect(server.connections()).toBe(1);
});

const withoutId: readonly [string, (socket: Socket) => void, string][] = [
  ['a cut body', (socket) => socket.end(httpAnswer(200, '{"output":', { 'content-length': '100' })), 'body_cut'],
  [
    'a stalled body',
    (socket) => socket.write(httpAnswer(200, '{"output":', { 'content-length': '100' })),
    'body_timeout',
  ],
  ['a body that trickles in', trickleBody, 'body_timeout'],
  ['a body over 1 MiB', (socket) => socket.end(httpAnswer(200, 'x'.repeat(2 ** 20 + 1))), 'body_too_large'],
  ['bad JSON', (socket) => socket.end(httpAnswer(200, '<html>')), 'bad_json'],
  ['no body', (socket) => socket.end(httpAnswer(204, '')), 'bad_json'],
  ['no id', (socket) => socket.end(httpAnswer(200, { output: {}, request_id: 'r' })), 'no_task_id'],
  ['an empty id', (socket) => socket.end(httpAnswer(200, { output: { task_id: '' } })), 'no_task_id'],
  ['an unusable id', (socket) => socket.end(httpAnswer(200, { output: { task_id: 'a\nb' } })), 'no_task_id'],
  ['an error body', (socket) => socket.end(httpAnswer(200, upstreamError('model_error'))), 'no_task_id'],
];

test.each(withoutId)('2xx with %s: unknown, likely created', async (_name, onRequest, reason) => {
  const { server, client } = await setup({ onRequest }, { submitBodyMs: 200 });

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'unknown', reason, likelyCreated: true });
  expect(server.requests).toHaveLength(1);
});

test.each([408, 409, 425, 500, 502, 503, 504, 520, 524, 599])(
  '%i: unknown, with or without an error body',
  async (status) => {
    const { server, client } = await setup(answering(status, upstreamError('model_server_error')));

    expect(await client.submit(SUBMISSION)).toMatchObject({
      kind: 'unknown',
      reason: 'upstream_status',
      httpStatus: status,
      likelyCreated: false,
    });
    expect(server.requests).toHaveLength(1);
  },
);

test.each([
  [400, 'param_error', 'upstream_refused'],
  [400, 'invalid_messages', 'upstream_refused'],
  [400, 'tokens_too_long', 'upstream_refused'],
  [400, 'sensitive_check_error', 'content_refused'],
  [401, 'auth_error', 'upstream_auth'],
  [403, 'forbidden', 'upstream_auth'],
  [404, 'model_not_found', 'model_unavailable'],
  [404, 'not_found', 'upstream_misconfigured'],
  [405, 'method', 'upstream_misconfigured'],
  [413, 'too_large', 'upstream_refused'],
  [415, 'media_type', 'upstream_misconfigured'],
  [422, 'param_error', 'upstream_refused'],
  [402, 'insufficient_balance', 'upstream_quota'],
])('%i %s: refused as %s', async (httpStatus, word, code) => {
  const { server, client } = await setup(answering(httpStatus, upstreamError(word)));

  const outcome = await client.submit(SUBMISSION);

  expect(outcome).toMatchObject({ kind: 'refused', httpStatus, code, requestId: 'a1b2' });
  expect(outcome).toHaveProperty('message', expect.stringContaining('because'));
  expect(server.requests).toHaveLength(1);
});

test.each([401, 403, 404, 405, 413, 415])(
  '%i makes no task, so it is a refusal whatever its body is',
  async (httpStatus) => {
    const { server, client } = await setup(answering(httpStatus, '<html>proxy</html>'));

    expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'refused', httpStatus });
    expect(server.requests).toHaveLength(1);
  },
);

test.each([
  [400, '<html>proxy</html>', 'bad_json'],
  [422, '{"detail":"no"}', 'bad_error_body'],
  [418, '{"error":{}}', 'bad_error_body'],
])('%i without the upstream error shape (%s): unknown', async (httpStatus, body, reason) => {
  const { server, client } = await setup(answering(httpStatus, body));

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'unknown', reason, httpStatus, likelyCreated: false });
  expect(server.requests).toHaveLength(1);
});

test.each([301, 302, 303, 307, 308])('%i: refused as misconfigured, and not followed', async (httpStatus) => {
  const { server, client } = await setup(answering(httpStatus, '', { location: '/v1/elsewhere' }));

  expect(await client.submit(SUBMISSION)).toMatchObject({
    kind: 'refused',
    httpStatus,
    code: 'upstream_misconfigured',
  });
  expect(server.requests).toHaveLength(1);
});

test('429: rate limited, with the wait it names', async () => {
  const { server, client } = await setup(answering(429, upstreamError('rate_limit_error'), { 'retry-after': '7' }));

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'rate_limited', retryAfterMs: 7_000 });
  expect(server.requests).toHaveLength(1);
});

test('an accepted task: its id and request id', async () => {
  const { client } = await setup(answering(200, ACCEPTED));

  expect(await client.submit(SUBMISSION)).toEqual({ kind: 'accepted', upstreamTaskId: 'up-1', requestId: 'req-1' });
});

test('a numeric id keeps all its digits', async () => {
  const { client } = await setup(answering(200, '{"output":{"task_id":12345678901234567890}}'));

  expect(await client.submit(SUBMISSION)).toEqual({ kind: 'accepted', upstreamTaskId: '12345678901234567890' });
});

test('what goes on the wire is exactly model, input and parameters, with the raw key', async () => {
  const { server, client } = await setup(answering(200, ACCEPTED));
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  await client.submit({ ...SUBMISSION, traceparent, mayStillSend: () => true });

  const [head = '', body] = (server.requests[0] ?? '').split('\r\n\r\n');
  expect(body).toBe(JSON.stringify(SUBMISSION));
  expect(head.split('\r\n')).toEqual([
    'POST /v1/tasks/submit HTTP/1.1',
    `host: ${new URL(server.url).host}`,
    'connection: keep-alive',
    `authorization: ${KEY}`,
    'accept: application/json',
    'user-agent: Reelay/test',
    'content-type: application/json',
    `traceparent: ${traceparent}`,
    `content-length: ${JSON.stringify(SUBMISSION).length}`,
  ]);
});

test('a member that was not given and a malformed trace are left out', async () => {
  const { server, client } = await setup(answering(200, ACCEPTED));

  await client.submit({ model: 'm', input: { prompt: 'p' }, traceparent: 'x\r\ny: z' });

  expect(server.requests[0]).toMatch(/\r\n\r\n\{"model":"m","input":\{"prompt":"p"\}\}$/);
  expect(server.requests[0]).not.toContain('traceparent');
});

test('every POST has a connection of its own, also over TLS, one after the other and side by side', async () => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, CERTIFICATE]);
  onTestFinished(() => setDefaultCACertificates(before));
  const onRequest = (socket: Socket) => socket.write(httpAnswer(200, ACCEPTED, { connection: 'keep-alive' }));
  const { server, client } = await setup({ tls: true, onRequest });

  await client.submit(SUBMISSION);
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => client.submit(SUBMISSION)));

  expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('accepted'));
  expect(server.requests).toHaveLength(6);
  expect(server.connections()).toBe(6);
});

test('a key that the upstream repeats is not in the message, which is at most 500 characters', async () => {
  const { client } = await setup(
    answering(401, upstreamError('auth_error', `${'bad '.repeat(110)}${KEY} ${'z'.repeat(2_000)}`)),
  );

  const outcome = await client.submit(SUBMISSION);

  expect(JSON.stringify(outcome)).not.toContain(KEY.slice(0, 8));
  expect((outcome as { message: string }).message.length).toBeLessThanOrEqual(500);
});

test('a client closed while a POST connects still knows that it left', async () => {
  const { server, client } = await setup({ onRequest: (socket) => socket.resetAndDestroy() });

  const submitting = client.submit(SUBMISSION);
  await client.close();

  expect(await submitting).toMatchObject({ kind: 'unknown', reason: 'connection_lost' });
  expect(server.requests).toHaveLength(1);
});

test('close waits for the POST in flight and its answer', async () => {
  const arrived = Promise.withResolvers<Socket>();
  const { client } = await setup({ onRequest: arrived.resolve });
  const submitting = client.submit(SUBMISSION);
  const socket = await arrived.promise;

  const closing = client.close();
  socket.end(httpAnswer(200, ACCEPTED));
  await closing;

  expect(await submitting).toMatchObject({ kind: 'accepted', upstreamTaskId: 'up-1' });
});

function trickleInterimAnswers(socket: Socket): void {
  const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 50);
  socket.on('close', () => clearInterval(timer));
}

function trickleBody(socket: Socket): void {
  socket.write(httpAnswer(200, '', { 'content-length': '1000' }));
  const timer = setInterval(() => socket.write(' '), 50);
  socket.on('close', () => clearInterval(timer));
}
