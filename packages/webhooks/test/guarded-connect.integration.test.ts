import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { ConnectError, createGuardedConnect } from '../src/guarded-connect.ts';
import { createWebhookSender } from '../src/index.ts';
import { anAnswer, startRawReceiver } from './raw-receiver.ts';

const CLOCK = { now: () => Date.now(), monotonicMs: () => performance.now() };
const PRIVATE = { address: '127.0.0.1', family: 4 };
/** Stands for a public address: allowed by the rules of these tests, and nobody listens there. */
const PUBLIC = { address: '127.0.0.2', family: 4 };

async function setup(options: {
  answers: LookupAddress[][];
  allowedCidrs?: string[];
  answer?: (socket: Socket) => void;
}) {
  const receiver = await startRawReceiver({ answer: (socket) => socket.end(anAnswer(204)), ...options });
  let lookups = 0;
  const sender = createWebhookSender({
    allowHttp: true,
    allowedCidrs: options.allowedCidrs ?? ['127.0.0.2/32'],
    userAgent: 'Reelay/test',
    clock: CLOCK,
    connectTimeoutMs: 500,
    lookup: async () => options.answers[lookups++ % options.answers.length] ?? [],
  });
  onTestFinished(() => sender.close());
  const post = async () => {
    const result = await sender.post({
      caller: 'acme',
      url: `http://receiver.test:${receiver.port}/hook`,
      headers: {},
      body: '{}',
    });
    return result.kind === 'failed' ? result.error : result.status;
  };
  return { receiver, post, lookups: () => lookups };
}

test('a DNS that alternates public and private answers never gets a connection to the private address', async () => {
  const { receiver, post, lookups } = await setup({ answers: [[PUBLIC], [PRIVATE]] });
  const seen: unknown[] = [];
  for (let n = 0; n < 20; n += 1) seen.push(await post());
  expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'connect' : 'blocked_address')));
  expect({ connections: receiver.connections(), lookups: lookups() }).toEqual({ connections: 0, lookups: 20 });
});

test('the same with fifty posts at once', async () => {
  const { receiver, post } = await setup({ answers: [[PUBLIC], [PRIVATE]] });
  const seen = await Promise.all(Array.from({ length: 50 }, post));
  expect(new Set(seen)).toEqual(new Set(['connect', 'blocked_address']));
  expect(receiver.connections()).toBe(0);
});

test('one private address among public ones refuses the whole answer', async () => {
  const { receiver, post } = await setup({
    answers: [
      [PUBLIC, PRIVATE, PUBLIC],
      [PRIVATE, PUBLIC],
    ],
  });
  expect([await post(), await post()]).toEqual(['blocked_address', 'blocked_address']);
  expect(receiver.connections()).toBe(0);
});

test('when the operator allows the private range, the same name is reached', async () => {
  const { receiver, post } = await setup({ answers: [[PRIVATE]], allowedCidrs: ['127.0.0.1/32'] });
  expect(await post()).toBe(204);
  expect(receiver.connections()).toBe(1);
});

test('a kept connection stays with the address that was judged; the next one is judged anew', async () => {
  let posts = 0;
  const { receiver, post, lookups } = await setup({
    answers: [[PRIVATE], [PUBLIC, { address: '10.0.0.1', family: 4 }]],
    allowedCidrs: ['127.0.0.0/8'],
    answer: (socket) => (++posts < 3 ? socket.write(anAnswer(204)) : socket.end(anAnswer(204))),
  });
  expect([await post(), await post(), await post()]).toEqual([204, 204, 204]);
  await receiver.closed(1);
  expect([await post(), lookups(), receiver.connections()]).toEqual(['blocked_address', 2, 1]);
});

test('a name that has one dead and one living address is reached at the living one', async () => {
  const { post } = await setup({ answers: [[PUBLIC, PRIVATE]], allowedCidrs: ['127.0.0.0/8'] });
  expect(await post()).toBe(204);
});

function connectOnce(connect: buildConnector.connector, target: { protocol: string; hostname: string; port: number }) {
  return new Promise<unknown>((resolve) => {
    connect({ ...target, host: target.hostname, port: String(target.port) }, (error, socket) => {
      socket?.destroy();
      resolve(error instanceof ConnectError ? error.failure : (error ?? 'connected'));
    });
  });
}

test.each(['http:', 'https:'])(
  'over %s a socket that reached another address than the judged one is closed before a byte is written',
  async (protocol) => {
    const receiver = await startRawReceiver();
    const verdicts = [true, false]; // the second is asked with the address that the socket reports
    const connect = createGuardedConnect({
      isAllowed: () => verdicts.shift() ?? false,
      resolve: async () => [PRIVATE],
      timeoutMs: 1000,
    });
    expect(await connectOnce(connect, { protocol, hostname: 'receiver.test', port: receiver.port })).toBe(
      'blocked_address',
    );
    await receiver.closed(1);
    expect(receiver.bytesReceived()).toBe(0);
  },
);

test('a refused address in the URL itself is not connected to, although no name is looked up', async () => {
  const receiver = await startRawReceiver();
  const connect = createGuardedConnect({ isAllowed: () => false, resolve: async () => [PRIVATE], timeoutMs: 1000 });
  expect(await connectOnce(connect, { protocol: 'http:', hostname: '127.0.0.1', port: receiver.port })).toBe(
    'blocked_address',
  );
  expect(receiver.connections()).toBe(0);
});

test('a resolver that never answers fails as dns at the connect timeout', async () => {
  const connect = createGuardedConnect({ isAllowed: () => true, resolve: () => new Promise(() => {}), timeoutMs: 100 });
  expect(await connectOnce(connect, { protocol: 'https:', hostname: 'receiver.test', port: 1 })).toBe('dns');
});
