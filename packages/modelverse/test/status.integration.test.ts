import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { httpAnswer } from './raw-server.ts';
import { answering, clientOf, KEY, setup, upstreamError } from './setup.ts';

function anAnswer(output: object, rest: object = {}): object {
  return { output: { task_id: 'up-1', ...output }, request_id: '', ...rest };
}

test.each([
  ['Pending', 'pending'],
  ['Running', 'running'],
  ['Success', 'succeeded'],
  ['Failure', 'failed'],
  ['Expired', 'expired'],
  ['Cancelled', 'canceled'],
])('%s is seen as %s', async (raw, status) => {
  const { client } = await setup(answering(200, anAnswer({ task_status: raw })));

  expect(await client.status('up-1')).toEqual({ kind: 'seen', status, raw, urls: [] });
});

test('the documented answer is decoded whole', async () => {
  const output = {
    task_status: 'Success',
    urls: ['https://xxxxx/xxxx.mp4'],
    submit_time: 1756959000,
    finish_time: 1756959050,
  };
  const { client } = await setup(answering(200, anAnswer(output, { usage: { duration: 4 } })));

  expect(await client.status('up-1')).toEqual({
    kind: 'seen',
    status: 'succeeded',
    raw: 'Success',
    urls: ['https://xxxxx/xxxx.mp4'],
    submitTime: 1756959000,
    finishTime: 1756959050,
    usage: { duration: 4 },
  });
});

test('fields of the wrong type are as good as missing', async () => {
  const output = {
    task_status: 'Success',
    urls: 'https://x/',
    submit_time: 'soon',
    finish_time: -1,
    error_message: {},
  };
  const { client } = await setup(answering(200, { output, usage: [1], request_id: 7 }));

  expect(await client.status('up-1')).toEqual({ kind: 'seen', status: 'succeeded', raw: 'Success', urls: [] });
});

test('of the urls only web addresses count, and only fifty', async () => {
  const good = Array.from({ length: 60 }, (_, n) => `https://cdn.example/${n}.mp4`);
  const bad = ['javascript:alert(1)', 'file:///etc/passwd', '/relative', '', 7, null, `https://x/${'y'.repeat(4_096)}`];
  const { client } = await setup(answering(200, anAnswer({ task_status: 'Success', urls: [...bad, ...good] })));

  expect(await client.status('up-1')).toMatchObject({ urls: good.slice(0, 50) });
});

test('a usage of 4 kB or more is left out', async () => {
  const { client } = await setup(
    answering(200, anAnswer({ task_status: 'Running' }, { usage: { x: 'y'.repeat(4_096) } })),
  );

  expect(await client.status('up-1')).not.toHaveProperty('usage');
});

test('a failure brings its message, without our key and cut to 500 characters', async () => {
  const error_message = `bad key ${KEY} ${'z'.repeat(1_000)}`;
  const { client } = await setup(answering(200, anAnswer({ task_status: 'Failure', error_message })));

  const seen = await client.status('up-1');

  expect(seen).toHaveProperty('errorMessage', expect.stringMatching(/^bad key \[key\] z+…$/));
  expect((seen as { errorMessage: string }).errorMessage).toHaveLength(500);
});

test.each(['Queued', 'constructor', '__proto__'])('a word outside the set is told as it came: %s', async (raw) => {
  const { client } = await setup(answering(200, anAnswer({ task_status: raw })));

  expect(await client.status('up-1')).toEqual({ kind: 'unknown_word', raw });
});

test.each([
  [404, upstreamError('task_not_exist')],
  [404, upstreamError('x')],
  [400, upstreamError('task_not_exist')],
  [400, upstreamError('param_error', 'The task does not exist')],
  [200, upstreamError('param_error', 'task_id not found')],
])('%i %j: not found', async (httpStatus, body) => {
  const { client } = await setup(answering(httpStatus, body));

  expect(await client.status('up-1')).toEqual({ kind: 'not_found' });
});

test.each([401, 403])('%i is about the key, not about the task', async (httpStatus) => {
  const { client } = await setup(answering(httpStatus, upstreamError('auth_error', `no such key: ${KEY}`)));

  expect(await client.status('up-1')).toEqual({
    kind: 'denied',
    httpStatus,
    message: `The upstream refused our key (HTTP ${httpStatus}, auth_error, no such key: [key]).`,
  });
});

test.each([
  [302, 'upstream_status'],
  [400, 'upstream_status'],
  [408, 'upstream_status'],
  [429, 'rate_limited'],
  [500, 'upstream_status'],
  [503, 'upstream_status'],
])('%i: transient, with the wait it names', async (httpStatus, reason) => {
  const headers = { 'retry-after': '3', location: '/elsewhere' };
  const { server, client } = await setup(answering(httpStatus, upstreamError('x'), headers));

  expect(await client.status('up-1')).toMatchObject({ kind: 'transient', reason, httpStatus, retryAfterMs: 3_000 });
  expect(server.requests).toHaveLength(1);
});

test("a 404 that is not the upstream's own says nothing of the task", async () => {
  const { client } = await setup(answering(404, '<html>'));

  expect(await client.status('up-1')).toMatchObject({ kind: 'transient', httpStatus: 404 });
});

test.each([['<html>'], ['[]'], ['{}'], ['{"output":{"task_status":7}}'], ['['.repeat(500_000)]])(
  '200 without a status (%.20s): transient',
  async (body) => {
    const { client } = await setup(answering(200, body));

    expect(await client.status('up-1')).toMatchObject({ kind: 'transient', reason: 'bad_answer', httpStatus: 200 });
  },
);

test('an answer over 1 MiB is not read to its end', async () => {
  const { client } = await setup(answering(200, ' '.repeat(2 ** 20 + 1)));

  expect(await client.status('up-1')).toMatchObject({ kind: 'transient', reason: 'bad_answer' });
});

test('no answer in time, and a body that does not end in time: transient', async () => {
  const { client: silent } = await setup({}, { statusHeadersMs: 100 });
  const onRequest = { onRequest: (socket: Socket) => socket.write(httpAnswer(200, '{', { 'content-length': '9' })) };
  const { client: stalled } = await setup(onRequest, { statusBodyMs: 100 });

  expect(await silent.status('up-1')).toMatchObject({ kind: 'transient', reason: 'timeout' });
  expect(await stalled.status('up-1')).toMatchObject({ kind: 'transient', reason: 'timeout', httpStatus: 200 });
});

test('a reset and a refused port: transient', async () => {
  const { server, client } = await setup({ onRequest: (socket) => socket.resetAndDestroy() });

  expect(await client.status('up-1')).toMatchObject({ kind: 'transient', reason: 'connection_lost' });
  await server.close();
  expect(await client.status('up-1')).toMatchObject({ kind: 'transient', reason: 'no_connection' });
});

test('the id goes escaped into the query, below the path of the base URL', async () => {
  const { server } = await setup(answering(200, anAnswer({ task_status: 'Running' })));

  await clientOf(`${server.url}/proxy`).status('a&b=c/../d é');

  expect(server.requests[0]).toMatch(
    /^GET \/proxy\/v1\/tasks\/status\?task_id=a%26b%3Dc%2F\.\.%2Fd%20%C3%A9 HTTP\/1\.1\r\n/,
  );
  expect(server.requests[0]).toContain(`\r\nauthorization: ${KEY}\r\n`);
});

test('connections are kept: looks one after the other need no more than two', async () => {
  const { server, client } = await setup({
    onRequest: (socket) => socket.write(httpAnswer(200, anAnswer({ task_status: 'Running' }))),
  });

  for (let look = 0; look < 10; look += 1) await client.status('up-1');

  expect(server.requests).toHaveLength(10);
  expect(server.connections()).toBeLessThanOrEqual(2); // undici's pool frees a connection a turn after its answer ends
});

test('a closed client asks nothing', async () => {
  const { server, client } = await setup({});
  await client.close();

  expect(await client.status('up-1')).toMatchObject({ kind: 'transient', reason: 'no_connection' });
  expect(server.connections()).toBe(0);
});
