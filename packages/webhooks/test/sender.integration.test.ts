import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { createWebhookSender, newWebhookSecret, sign, type WebhookSenderOptions } from '../src/index.ts';
import { anAnswer, type RawReceiverOptions, startRawReceiver } from './raw-receiver.ts';
import { CERTIFICATE, PRIVATE_KEY } from './receiver-certificate.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const TLS = { key: PRIVATE_KEY, cert: CERTIFICATE };
const LOOPBACK: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];

interface SetupOptions extends RawReceiverOptions, Partial<Omit<WebhookSenderOptions, 'clock'>> {
  readonly url?: (port: number) => string;
  readonly monotonicMs?: () => number;
}

async function setup({ url, monotonicMs = () => performance.now(), ...options }: SetupOptions = {}) {
  const receiver = await startRawReceiver(options);
  const sender = createWebhookSender({
    allowHttp: true,
    allowedCidrs: ['127.0.0.0/8'],
    userAgent: 'Reelay/1.2.3',
    lookup: async () => LOOPBACK,
    clock: { now: () => NOW_MS, monotonicMs },
    totalTimeoutMs: 5_000,
    ...options,
  });
  onTestFinished(() => sender.close());
  const target = url?.(receiver.port) ?? `http://127.0.0.1:${receiver.port}/hook?a=1`;
  const post = (headers: Record<string, string> = {}, body = '{"type":"webhook.test"}', caller = 'acme') =>
    sender.post({ caller, url: target, headers, body });
  return { receiver, sender, post };
}

test('a 204 is answered, and the receiver saw one plain POST with our headers', async () => {
  const { receiver, post } = await setup({ answer: (socket) => socket.end(anAnswer(204)) });
  const result = await post({ 'webhook-id': 'msg_1' });
  expect(result).toEqual({ kind: 'answered', status: 204, head: '', durationMs: expect.any(Number) });
  const [head, body] = receiver.requests[0]?.split('\r\n\r\n') ?? [];
  expect(body).toBe('{"type":"webhook.test"}');
  expect(head?.split('\r\n').sort()).toEqual(
    [
      'POST /hook?a=1 HTTP/1.1',
      `host: 127.0.0.1:${receiver.port}`,
      'connection: keep-alive',
      'content-length: 23',
      'content-type: application/json',
      'user-agent: Reelay/1.2.3',
      'webhook-id: msg_1',
    ].sort(),
  );
});

test('what is sent verifies with the stock library from the bytes that arrive', async () => {
  const { receiver, post } = await setup({ answer: (socket) => socket.end(anAnswer(200)) });
  const secret = newWebhookSecret(() => Buffer.alloc(32, 5));
  const body = JSON.stringify({ type: 'task.succeeded', data: { metadata: { title: '日本 ✓ 🎬' } } });
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': sign({ id: 'msg_1', timestampSeconds, body, secrets: [secret] }),
  };
  await post(headers, body);
  const arrived = receiver.requests[0]?.split('\r\n\r\n')[1] ?? '';
  expect(new Webhook(secret).verify(arrived, headers)).toEqual(JSON.parse(body));
});

test('a 500 is answered with the beginning of its body', async () => {
  const { post } = await setup({ answer: (socket) => socket.end(anAnswer(500, { body: 'database is down' })) });
  expect(await post()).toMatchObject({ kind: 'answered', status: 500, head: 'database is down' });
});

test('a 410 is answered as it is', async () => {
  const { post } = await setup({ answer: (socket) => socket.end(anAnswer(410)) });
  expect(await post()).toMatchObject({ kind: 'answered', status: 410 });
});

test.each([301, 302, 303, 307, 308])('a %i to the metadata address is not followed', async (status) => {
  const elsewhere = await startRawReceiver();
  const location = status === 301 ? `http://127.0.0.1:${elsewhere.port}/` : 'http://169.254.169.254/latest/meta-data/';
  const { receiver, post } = await setup({
    answer: (socket) => socket.end(anAnswer(status, { headers: { location } })),
  });
  expect(await post()).toMatchObject({ kind: 'answered', status });
  expect([receiver.connections(), elsewhere.connections()]).toEqual([1, 0]);
});

test.each([
  ['120', 120_000],
  [new Date(NOW_MS + 30_000).toUTCString(), 30_000],
])('a 429 with Retry-After %s says for how many ms', async (value, retryAfterMs) => {
  const answer = anAnswer(429, { headers: { 'retry-after': value } });
  const { post } = await setup({ answer: (socket) => socket.end(answer) });
  expect(await post()).toMatchObject({ kind: 'answered', status: 429, retryAfterMs });
});

test('a Retry-After that cannot be read is left out', async () => {
  const answer = anAnswer(503, { headers: { 'retry-after': 'later' } });
  const { post } = await setup({ answer: (socket) => socket.end(answer) });
  expect(await post()).not.toHaveProperty('retryAfterMs');
});

test('of a 50 MB body little is read and 1 KiB kept, and the connection is closed', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const total = 50 * 1024 * 1024;
  let taken = 0;
  const { receiver, post } = await setup({
    answer: (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      const more = () => {
        taken += chunk.length;
        if (taken < total) socket.write(chunk, (error) => error ?? more());
      };
      more();
    },
  });
  expect(await post()).toMatchObject({ kind: 'answered', status: 200, head: 'x'.repeat(1024) });
  await receiver.closed(1);
  expect(taken).toBeLessThan(8 * 1024 * 1024); // what the buffers of loopback hold
});

test('a compressed body is not unpacked', async () => {
  const answer = anAnswer(200, { headers: { 'content-encoding': 'gzip' }, body: 'not gzip at all' });
  const { post } = await setup({ answer: (socket) => socket.end(answer) });
  expect(await post()).toMatchObject({ kind: 'answered', head: 'not gzip at all' });
});

test('the kept head is at most 1 KiB of UTF-8, with no character cut in two', async () => {
  const { post } = await setup({ answer: (socket) => socket.end(anAnswer(400, { body: `a${'日'.repeat(2000)}` })) });
  expect(await post()).toMatchObject({ head: `a${'日'.repeat(341)}` });
});

test('a body of bytes that are no text does not grow beyond 1 KiB', async () => {
  const bytes = Buffer.alloc(2000, 0xff);
  const head = 'HTTP/1.1 400 Bad\r\ncontent-length: 2000\r\n\r\n';
  const { post } = await setup({ answer: (socket) => socket.end(Buffer.concat([Buffer.from(head), bytes])) });
  const result = await post();
  expect(Buffer.byteLength(result.kind === 'answered' ? result.head : '')).toBe(1023);
});

test('a body that drips is ended by the total timeout, and what was answered counts', async () => {
  const drip = (socket: { write(text: string): unknown; on(name: 'close', listener: () => void): unknown }) => {
    const timer = setInterval(() => socket.write('.'), 20);
    socket.on('close', () => clearInterval(timer));
  };
  const { receiver, post } = await setup({
    totalTimeoutMs: 300,
    answer: (socket) => {
      socket.write('HTTP/1.1 500 Slow\r\ncontent-length: 100000\r\n\r\n');
      drip(socket);
    },
  });
  const result = await post();
  expect(result).toMatchObject({ kind: 'answered', status: 500, head: expect.stringMatching(/^\.+$/) });
  expect(result.durationMs).toBeLessThan(1500);
  await receiver.closed(1);
});

test('headers that drip are ended by the total timeout', async () => {
  const { receiver, post } = await setup({
    totalTimeoutMs: 300,
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-slow: 1\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    },
  });
  const result = await post();
  expect(result).toMatchObject({ kind: 'failed', error: 'timeout' });
  expect(result.durationMs).toBeLessThan(1500);
  await receiver.closed(1);
});

test('early hints without end are ended by the total timeout', async () => {
  const { post } = await setup({
    totalTimeoutMs: 300,
    answer: (socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    },
  });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'timeout' });
});

test('a receiver that never answers is a timeout', async () => {
  const { receiver, post } = await setup({ totalTimeoutMs: 200 });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'timeout' });
  await receiver.closed(1);
});

test('an answer whose body is cut off counts by its status', async () => {
  const { post } = await setup({ answer: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc') });
  expect(await post()).toMatchObject({ kind: 'answered', status: 200, head: 'abc' });
});

test.each<[string, RawReceiverOptions, string]>([
  ['resets after the request', { answer: (socket) => socket.resetAndDestroy() }, 'reset'],
  ['closes without an answer', { answer: (socket) => socket.end() }, 'reset'],
  ['resets at once', { onConnection: (socket) => socket.resetAndDestroy() }, 'connect'],
  ['does not speak HTTP', { answer: (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n') }, 'protocol'],
  [
    'sends endless headers',
    { answer: (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`) },
    'protocol',
  ],
  ['speaks TLS', { tls: TLS }, 'protocol'],
])('a receiver that %s', async (_name, behaviour, error) => {
  const { receiver, post } = await setup({ ...behaviour, totalTimeoutMs: 2_000 });
  expect(await post()).toMatchObject({ kind: 'failed', error: expect.stringMatching(`^(${error}|reset)$`) });
  expect(receiver.connections()).toBeLessThanOrEqual(1);
});

test('a port where nobody listens is a failed connection', async () => {
  const { post } = await setup({ url: () => 'http://127.0.0.1:1/' });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'connect' });
});

test('a name that does not exist is a dns failure', async () => {
  const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  const { post } = await setup({ url: () => 'https://gone.test/', lookup: () => Promise.reject(notFound) });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'dns' });
});

test('a name without addresses is a dns failure', async () => {
  const { post } = await setup({ url: () => 'https://empty.test/', lookup: async () => [] });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'dns' });
});

test('the resolver of the system is used by default, and its loopback answer is judged', async () => {
  const receiver = await startRawReceiver();
  const sender = createWebhookSender({
    allowHttp: true,
    allowedCidrs: ['127.0.0.9/32', '::1/128'], // lets the name localhost through, not the address
    userAgent: 'Reelay/test',
    clock: { now: () => NOW_MS, monotonicMs: () => performance.now() },
  });
  onTestFinished(() => sender.close());
  const url = `http://localhost:${receiver.port}/`;
  expect(await sender.post({ caller: 'acme', url, headers: {}, body: '{}' })).toMatchObject({
    kind: 'failed',
    error: expect.any(String),
  });
  expect(receiver.connections()).toBe(0);
});

test('a URL that the rules refuse is blocked and never connected to', async () => {
  const { receiver, post } = await setup({ allowedCidrs: [] });
  expect(await post()).toEqual({ kind: 'failed', error: 'blocked_address', durationMs: expect.any(Number) });
  expect(receiver.connections()).toBe(0);
});

test('http is blocked when the rules want https', async () => {
  const { receiver, post } = await setup({ allowHttp: false });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'blocked_address' });
  expect(receiver.connections()).toBe(0);
});

test('proxy variables of the environment are not looked at', async () => {
  const proxy = await startRawReceiver();
  for (const name of ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']) {
    const before = process.env[name];
    process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy.port}`;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
  const { post } = await setup({ answer: (socket) => socket.end(anAnswer(200)) });
  expect(await post()).toMatchObject({ kind: 'answered', status: 200 });
  expect(proxy.connections()).toBe(0);
});

test('a cookie is not sent back', async () => {
  const answer = anAnswer(200, { headers: { 'set-cookie': 'a=b' } });
  const { receiver, post } = await setup({ answer: (socket) => socket.end(answer) });
  await post();
  await post();
  expect(receiver.requests[1]).not.toMatch(/cookie/i);
});

const ok: RawReceiverOptions['answer'] = (socket) => socket.write(anAnswer(200, { body: 'ok' }));

test('posts that follow each other go by one connection', async () => {
  const { receiver, post } = await setup({ answer: ok });
  for (let n = 1; n <= 5; n += 1) expect(await post()).toMatchObject({ kind: 'answered', status: 200 });
  expect([receiver.requests.length, receiver.connections()]).toEqual([5, 1]);
});

test('posts at the same time have a connection each', async () => {
  const { receiver, post } = await setup({ answer: ok });
  await post();
  await Promise.all([post(), post(), post()]);
  expect(receiver.connections()).toBe(3);
});

test('callers never share a connection', async () => {
  const { receiver, post } = await setup({ answer: ok });
  for (const caller of ['acme', 'other', 'acme', 'other']) await post({}, '{}', caller);
  expect(receiver.connections()).toBe(2);
});

test('a receiver that closes its idle connections costs no delivery', async () => {
  const { receiver, post } = await setup({ answer: (socket) => socket.end(anAnswer(200, { body: 'ok' })) });
  for (let n = 1; n <= 5; n += 1) {
    expect(await post()).toMatchObject({ kind: 'answered', status: 200 });
    await receiver.closed(n);
  }
  expect(receiver.connections()).toBe(5);
});

/** Answers the first request of every connection; what it does with the second one is the test's. */
function onceThen(second: (socket: Socket) => void): NonNullable<RawReceiverOptions['answer']> {
  const answered = new WeakSet<Socket>();
  return (socket) => {
    if (answered.has(socket)) second(socket);
    else socket.write(anAnswer(200));
    answered.add(socket);
  };
}

test.each<[string, (socket: Socket) => void]>([
  ['resets', (socket) => socket.resetAndDestroy()],
  ['ends', (socket) => socket.end()],
  ['ends in the middle of the headers of', (socket) => socket.end('HTTP/1.1 200 OK\r\nx-a')],
])('a receiver that %s a kept connection as the next post comes gets it again on a new one', async (_how, second) => {
  const { receiver, post } = await setup({ answer: onceThen(second) });
  for (let n = 1; n <= 3; n += 1) {
    expect(await post({ 'webhook-id': `msg_${n}` })).toMatchObject({ kind: 'answered', status: 200 });
  }
  const ids = receiver.requests.map((request) => /webhook-id: (\w+)/.exec(request)?.[1]);
  expect(ids).toEqual(['msg_1', 'msg_2', 'msg_2', 'msg_3', 'msg_3']);
});

test('a post that dies on a kept connection and on the new one has failed', async () => {
  let requests = 0;
  const { receiver, post } = await setup({
    answer: (socket) => (++requests === 1 ? socket.write(anAnswer(200)) : socket.resetAndDestroy()),
  });
  await post();
  expect(await post()).toMatchObject({ kind: 'failed', error: 'reset' });
  expect(receiver.requests.length).toBe(3);
});

test('a kept connection that stays silent is a timeout, and not tried again', async () => {
  const { receiver, post } = await setup({ answer: onceThen(() => {}), totalTimeoutMs: 200 });
  await post();
  expect(await post()).toMatchObject({ kind: 'failed', error: 'timeout' });
  expect(receiver.requests.length).toBe(2);
});

test.each<[string, string]>([
  ['a 500', anAnswer(500)],
  ['a body that is not read to its end', anAnswer(200, { body: 'x'.repeat(40_000) })],
  ['connection: close', anAnswer(200, { headers: { connection: 'close' } })],
])('after %s the connection is closed', async (_name, answer) => {
  const { receiver, post } = await setup({ answer: (socket) => socket.write(answer) });
  await post();
  await post();
  expect(receiver.connections()).toBe(2);
  await receiver.closed(1);
});

test('a connection that is not used is closed after about two seconds', async () => {
  const { receiver, post } = await setup({ answer: ok });
  const startedAt = performance.now();
  await post();
  await receiver.closed(1);
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  expect(performance.now() - startedAt).toBeLessThan(4_500);
});

test('one that is used all the time is given up after seven seconds', async () => {
  let nowMs = 0;
  const { receiver, post } = await setup({ answer: ok, monotonicMs: () => nowMs });
  for (nowMs = 0; nowMs <= 8_000; nowMs += 1_000) await post();
  expect(receiver.connections()).toBe(1);
  await post();
  expect(receiver.connections()).toBe(2);
});

test('of many connections the one that was idle for longest is closed', async () => {
  const { receiver, post } = await setup({ answer: ok });
  for (let n = 1; n <= 65; n += 1) await post({}, '{}', `caller${n}`);
  await receiver.closed(1);
  await post({}, '{}', 'caller2');
  expect(receiver.connections()).toBe(65);
});

test('close closes the kept connections too', async () => {
  const { receiver, sender, post } = await setup({ answer: ok });
  await post();
  await sender.close();
  await receiver.closed(1);
});

const overTls = (port: number) => `https://receiver.test:${port}/`;

test('a receiver over TLS with a certificate that the system trusts is reached by its name', async () => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, CERTIFICATE]);
  onTestFinished(() => setDefaultCACertificates(before));
  const { receiver, post } = await setup({ tls: TLS, url: overTls, answer: (socket) => socket.write(anAnswer(204)) });
  expect(await post()).toMatchObject({ kind: 'answered', status: 204 });
  expect(receiver.requests[0]).toContain(`host: receiver.test:${receiver.port}`);
  expect(await post()).toMatchObject({ kind: 'answered', status: 204 });
  expect(receiver.connections()).toBe(1);
});

test.each<[string, SetupOptions]>([
  ['an untrusted certificate', { tls: TLS }],
  ['a plain port', { onConnection: (socket) => socket.end(anAnswer(400)) }],
  ['a port that closes at once', { onConnection: (socket) => socket.destroy() }],
  ['a port that stays silent', { connectTimeoutMs: 200 }],
])('https to %s is a tls failure, and no request is sent', async (_name, options) => {
  const { receiver, post } = await setup({ url: overTls, ...options });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'tls' });
  expect(receiver.requests).toEqual([]);
});

test('a header that cannot be sent is a result too', async () => {
  const { post } = await setup();
  expect(await post({ 'webhook-id': 'line\nbreak' })).toMatchObject({ kind: 'failed', error: 'protocol' });
});

test('close waits for the post in flight, and a later post fails without a connection', async () => {
  const { receiver, sender, post } = await setup({ totalTimeoutMs: 200 });
  const inFlight = post();
  await sender.close();
  expect(await inFlight).toMatchObject({ kind: 'failed', error: 'timeout' });
  expect(await post()).toMatchObject({ kind: 'failed', error: 'connect' });
  expect(receiver.connections()).toBe(1);
});
