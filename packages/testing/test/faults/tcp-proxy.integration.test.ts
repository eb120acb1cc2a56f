import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../src/eventually.ts';
import { between, pick, type Random, seededRandom } from '../../src/faults/seeded-random.ts';
import { startTcpProxy } from '../../src/faults/tcp-proxy.ts';

test('bytes pass in both directions and are counted', async () => {
  const { proxy, dial } = await setup();
  const client = await dial();
  client.socket.write('hel');
  await client.receives('hel');
  client.socket.write('lo');
  await client.receives('hello');
  expect(proxy.bytes).toEqual({ up: 5, down: 5 });
  expect(proxy.connections).toBe(1);
});

test('behind an upstream that does not read, the client has to wait, and then all of it passes', async () => {
  const { proxy, dial, upstream } = await setup({ echo: false });
  const client = await dial();
  await upstream.accepted(1);
  upstream.sockets[0]?.pause();
  const sent = Buffer.alloc(48 * 1024 ** 2, 'x'); // more than the system's buffers take
  client.socket.write(sent);
  expect(await settled(() => proxy.bytes.up)).toBeLessThan(sent.length / 2);
  upstream.sockets[0]?.resume();
  await eventually(() => expect(upstream.receivedBytes()).toBe(sent.length));
});

test('the end of one side reaches the other after its last byte, and the answer still comes', async () => {
  const { proxy, dial } = await setup();
  const client = await dial();
  proxy.setDelay(30);
  client.socket.end('last words');
  await client.receives('last words');
  expect(await client.closed).toBe('fin');
  await eventually(() => expect(proxy.connections).toBe(0));
});

test('a delay holds in each direction and keeps the order', async () => {
  const { proxy, dial } = await setup();
  const client = await dial();
  proxy.setDelay(60);
  const start = performance.now();
  client.socket.write('a');
  setTimeout(() => client.socket.write('b'), 10);
  await client.receives('ab');
  expect(performance.now() - start).toBeGreaterThanOrEqual(115);
  expect(performance.now() - start).toBeLessThan(1_000);
});

test('a delay that is taken away lets go what waits', async () => {
  const { proxy, dial, upstream } = await setup();
  const client = await dial();
  await upstream.accepted(1);
  proxy.setDelay(60_000);
  client.socket.write('a');
  await eventually(() => expect(client.socket.bytesWritten).toBe(1));
  const start = performance.now();
  setTimeout(() => proxy.setDelay(0), 50);
  await client.receives('a');
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('a connection cut on the way up brings exactly that many bytes and closes both ends', async () => {
  const { proxy, dial, upstream } = await setup({ echo: false });
  proxy.cutAfter(4, 'up');
  const client = await dial();
  client.socket.write('12');
  await eventually(() => expect(upstream.text()).toBe('12'));
  client.socket.write('3456789');
  expect(await client.closed).toBe('fin');
  expect(upstream.text()).toBe('1234');
  expect(await upstream.closed(0)).toBe('fin');
  await eventually(() => expect(proxy.connections).toBe(0));
});

test('a cut on the way down loses the answer and not the request', async () => {
  const { proxy, dial, upstream } = await setup();
  proxy.cutAfter(0, 'down');
  const client = await dial();
  client.socket.write('paid');
  expect(await client.closed).toBe('fin');
  expect(client.text()).toBe('');
  expect(upstream.text()).toBe('paid');
});

test('a current connection is cut too, after that many more bytes', async () => {
  const { proxy, dial } = await setup();
  const client = await dial();
  client.socket.write('12345');
  await client.receives('12345');
  proxy.cutAfter(2, 'down');
  client.socket.write('6789');
  expect(await client.closed).toBe('fin');
  expect(client.text()).toBe('1234567');
});

test('a cut counts each new connection from its start, and can be taken back', async () => {
  const { proxy, dial } = await setup();
  const old = await dial();
  old.socket.write('12345');
  await old.receives('12345');
  proxy.cutAfter(3, 'up');
  const young = await dial();
  old.socket.write('67');
  young.socket.write('ab');
  await Promise.all([old.receives('1234567'), young.receives('ab')]);
  proxy.cutAfter(Number.POSITIVE_INFINITY, 'up');
  old.socket.write('89');
  await old.receives('123456789');
});

test('a reset is a RST at both ends, and the next connection is well', async () => {
  const { proxy, dial, upstream } = await setup();
  const client = await dial();
  await upstream.accepted(1);
  proxy.reset();
  expect(await client.closed).toBe('ECONNRESET');
  expect(await upstream.closed(0)).toBe('ECONNRESET');
  const next = await dial();
  next.socket.write('well');
  await next.receives('well');
});

test('whatever its connections were doing, a proxy that is closed has none', { timeout: 20_000 }, async () => {
  for (let seed = 0; seed < 12; seed += 6) {
    await Promise.all([0, 1, 2, 3, 4, 5].map((n) => inDisorder(seededRandom(seed + n))));
  }
});

/** Clients that write, end and reset as they like, behind a network that does so too; then the proxy closes. */
async function inDisorder(random: Random): Promise<void> {
  const { proxy, upstream, clients } = await setup({ echo: random() < 0.5 });
  const size = () => between(random, { least: 1, most: 500_000 });
  const socket = () => pick(random, [...upstream.sockets, ...clients]);
  const happenings = [
    () => socket().end(),
    () => socket().pause(),
    () => socket().resetAndDestroy(),
    () => proxy.reset(),
    () => upstream.close(),
    () => proxy.blackhole(random() < 0.5),
    () => proxy.cutAfter(random() < 0.5 ? size() : Number.POSITIVE_INFINITY, random() < 0.5 ? 'up' : 'down'),
  ];
  for (let n = 0; n < 60; n++) {
    const client = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: random() < 0.5 });
    client.on('error', () => undefined);
    clients.push(client);
    client.write(Buffer.alloc(size()));
    pick(random, happenings)();
    await sleep(between(random, { least: 0, most: 8 }));
  }
  for (const one of [...clients, ...upstream.sockets]) one.destroy();
  await proxy.close();
  await eventually(() => expect(proxy.connections).toBe(0));
}

test('behind an upstream that does not read, a reset loses what waits', async () => {
  const { proxy, dial, upstream } = await setup({ echo: false });
  const client = await dial();
  await upstream.accepted(1);
  upstream.sockets[0]?.pause();
  client.socket.write(Buffer.alloc(48 * 1024 ** 2));
  await settled(() => proxy.bytes.up);
  proxy.reset();
  await eventually(() => expect(proxy.connections).toBe(0));
});

test('an upstream that resets resets the client', async () => {
  const { dial, upstream } = await setup();
  const client = await dial();
  await upstream.accepted(1);
  upstream.sockets[0]?.resetAndDestroy();
  expect(await client.closed).toBe('ECONNRESET');
});

test('in a black hole a current connection freezes and goes on, a new one is swallowed and reset', async () => {
  const { proxy, dial, upstream } = await setup();
  const old = await dial();
  old.socket.write('1');
  await old.receives('1');
  proxy.blackhole(true);
  const young = await dial();
  young.socket.write('lost');
  old.socket.write('2');
  await eventually(() => expect(proxy.connections).toBe(2));
  await nothingFor(60);
  expect(upstream.text()).toBe('1');
  proxy.blackhole(false);
  await old.receives('12');
  expect(await young.closed).toBe('ECONNRESET');
  expect(young.text() + upstream.text()).toBe('12');
});

test('in a black hole what waits for its delay is held too', async () => {
  const { proxy, dial, upstream } = await setup();
  const client = await dial();
  await upstream.accepted(1);
  proxy.setDelay(100);
  client.socket.write('held');
  await nothingFor(50);
  proxy.blackhole(true);
  await nothingFor(100);
  expect(upstream.text()).toBe('');
  proxy.blackhole(false);
  await client.receives('held');
});

test('refused, a new connection fails at once and a current one goes on; later all is as before', async () => {
  const { proxy, dial } = await setup();
  const old = await dial();
  await proxy.refuse(true);
  await expect(dial()).rejects.toThrow('ECONNREFUSED');
  old.socket.write('still here');
  await old.receives('still here');
  await proxy.refuse(false);
  const next = await dial();
  next.socket.write('back');
  await next.receives('back');
});

test('an upstream that is not there resets the client', async () => {
  const { dial, upstream } = await setup();
  await upstream.close();
  const client = await dial();
  expect(await client.closed).toBe('ECONNRESET');
});

test('closed, it has no connection, refuses, and gives its port back', async () => {
  const { proxy, dial } = await setup();
  const client = await dial();
  await proxy.close();
  await proxy.close();
  expect(proxy.connections).toBe(0);
  expect(await client.closed).toBe('ECONNRESET');
  await expect(dial()).rejects.toThrow('ECONNREFUSED');
});

/** An upstream that echoes (or only listens), the proxy, and clients that collect what they get. */
async function setup({ echo = true } = {}) {
  const upstream = await startUpstream(echo);
  const proxy = await startTcpProxy({ upstream: { host: '127.0.0.1', port: upstream.port } });
  const clients: Socket[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    await proxy.close();
    await upstream.close();
  });
  const dial = async () => {
    const socket = connect({ host: '127.0.0.1', port: proxy.port });
    clients.push(socket);
    const collected = collect(socket);
    await once(socket, 'connect');
    return collected;
  };
  return { proxy, upstream, clients, dial };
}

async function startUpstream(echo: boolean) {
  const accepted: ReturnType<typeof collect>[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(collect(socket));
    if (echo) socket.pipe(socket);
    else socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    get sockets() {
      return accepted.map(({ socket }) => socket);
    },
    accepted: (count: number) => eventually(() => expect(accepted).toHaveLength(count)),
    closed: (index: number) => accepted[index]?.closed,
    text: () => accepted.map(({ text }) => text()).join(''),
    receivedBytes: () => accepted.reduce((sum, { socket }) => sum + socket.bytesRead, 0),
    close: async () => {
      for (const { socket } of accepted) socket.destroy();
      if (server.listening) server.close();
    },
  };
}

/** What a socket gets, and how it ends: `fin`, or the error's code. */
function collect(socket: Socket) {
  const parts: Buffer[] = [];
  const text = () => Buffer.concat(parts).toString();
  let ending = 'fin';
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ending = error.code ?? error.message;
  });
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(ending)));
  return { socket, text, closed, receives: (wanted: string) => eventually(() => expect(text()).toBe(wanted)) };
}

/** The number at which this stands still for 100 ms, or a rising one after 2 s. */
async function settled(number: () => number): Promise<number> {
  let last = -1;
  for (let looks = 0; looks < 20 && (number() !== last || last === 0); looks++) {
    last = number();
    await nothingFor(100);
  }
  return number();
}

/** For what must not happen there is no signal to wait on. */
function nothingFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
