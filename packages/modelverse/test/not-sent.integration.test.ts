// The rows "not sent" of the table in facts.md ("One POST with undici: did it leave?"), measured on undici 8.12.4, which does not
// differ from the table. A reset at accept is "not sent" only when it comes before the connect event is seen; when the
// first byte wins that race it is "reset after the request", and unknown, as the sendHeaders channel then says.
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listenWithFullBacklog } from './full-backlog.ts';
import { answering, clientOf, SUBMISSION, setup } from './setup.ts';

test('a refused port: not sent', async () => {
  const { server, client } = await setup({});
  await server.close();

  expect(await client.submit(SUBMISSION)).toMatchObject({
    kind: 'not_sent',
    reason: 'refused',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a name that does not resolve: not sent', async () => {
  const client = clientOf('http://upstream.invalid');

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'dns' });
});

test.skipIf(process.platform !== 'linux')('a connection that is not taken in time: not sent', async () => {
  const full = await listenWithFullBacklog();
  onTestFinished(() => full.close());
  const client = clientOf(full.url, { connectMs: 200 });

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'connect_timeout' });
});

test('a TLS handshake that is not answered: not sent', async () => {
  const { server } = await setup({});
  const client = clientOf(server.url.replace('http:', 'https:'), { connectMs: 200 });

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'connect_timeout' });
  expect(server.requests).toEqual([]);
});

test('a certificate that nothing vouches for: not sent', async () => {
  const { server, client } = await setup({ tls: true });

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'tls' });
  expect(server.bytesRead()).toBe(0);
});

test('a server that does not speak TLS: not sent', async () => {
  const { server } = await setup({ onConnection: (socket) => socket.write('220 mail ready\r\n') });
  const client = clientOf(server.url.replace('http:', 'https:'));

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'tls' });
  expect(server.requests).toEqual([]);
});

test('a reset before the TLS handshake ends: not sent', async () => {
  const { server } = await setup({ onBytes: (socket) => socket.resetAndDestroy() });
  const client = clientOf(server.url.replace('http:', 'https:'));

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'reset' });
  expect(server.requests).toEqual([]);
});

test('a connection reset as it is accepted: not sent', async () => {
  const server = await listenThatResets();
  const client = clientOf(server.url);

  const submitting = client.submit(SUBMISSION);
  // node connects in the next tick; this thread then stands still until the other has reset the connection, or it
  // would be a race between the reset and the first byte.
  process.nextTick(() => server.standStillUntilReset());

  expect(await submitting).toMatchObject({
    kind: 'not_sent',
    reason: 'reset',
    message: expect.stringContaining('ECONNRESET'),
  });
  expect(server.bytesRead()).toBe(0);
});

test('a no from mayStillSend: connected, and not sent', async () => {
  const connected = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { server, client } = await setup({
    onConnection: (socket) => {
      connected.resolve();
      socket.on('close', () => ended.resolve());
    },
  });

  const outcome = await client.submit({ ...SUBMISSION, mayStillSend: () => false });
  await Promise.all([connected.promise, ended.promise]);

  expect(outcome).toMatchObject({ kind: 'not_sent', reason: 'aborted' });
  expect(server.connections()).toBe(1);
  expect(server.bytesRead()).toBe(0);
});

test('a mayStillSend that throws counts as a no', async () => {
  const { server, client } = await setup(answering(200, { output: { task_id: 't' } }));
  const mayStillSend = () => {
    throw new Error('no clock');
  };

  expect(await client.submit({ ...SUBMISSION, mayStillSend })).toMatchObject({ kind: 'not_sent', reason: 'aborted' });
  expect(server.bytesRead()).toBe(0);
});

test('mayStillSend is asked once, and only after the connection stands', async () => {
  const mayStillSend = vi.fn(() => true);
  const { server, client } = await setup({ tls: true });
  await client.submit({ ...SUBMISSION, mayStillSend });
  expect(server.connections() + mayStillSend.mock.calls.length).toBe(0);

  const { client: plain } = await setup(answering(200, { output: { task_id: 't' } }));
  await plain.submit({ ...SUBMISSION, mayStillSend });
  expect(mayStillSend).toHaveBeenCalledTimes(1);
});

test('input that JSON cannot express: not sent', async () => {
  const { server, client } = await setup({});
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  expect(await client.submit({ ...SUBMISSION, input: circular })).toMatchObject({ kind: 'not_sent' });
  expect(server.connections()).toBe(0);
});

test('a closed client sends nothing', async () => {
  const { server, client } = await setup({});
  await client.close();

  expect(await client.submit(SUBMISSION)).toMatchObject({ kind: 'not_sent', reason: 'aborted' });
  expect(server.connections()).toBe(0);
});

/** A server in a thread of its own that resets what it accepts, and says so in shared memory. */
async function listenThatResets() {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const script = `
    const { parentPort, workerData: shared } = require('node:worker_threads');
    const server = require('node:net').createServer((socket) => {
      socket.on('data', (chunk) => Atomics.add(shared, 1, chunk.length));
      socket.resetAndDestroy();
      setImmediate(() => { Atomics.store(shared, 0, 1); Atomics.notify(shared, 0); });
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
  const worker = new Worker(script, { eval: true, workerData: shared });
  onTestFinished(async () => {
    await worker.terminate();
  });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    standStillUntilReset: () => Atomics.wait(shared, 0, 0, 5_000),
    bytesRead: () => Atomics.load(shared, 1),
  };
}
