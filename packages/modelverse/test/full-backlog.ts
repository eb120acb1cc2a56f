import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

// A thread that listens with the smallest backlog and then stands still, so that nothing is ever accepted.
const SCRIPT = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000));
  });`;

const FILLERS = 8;

/** A loopback address whose queue of connections is full: Linux leaves a further SYN unanswered. */
export async function listenWithFullBacklog(): Promise<{ url: string; close(): Promise<void> }> {
  const worker = new Worker(SCRIPT, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const fillers = Array.from({ length: FILLERS }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.race(fillers.map(connected));
  await new Promise((resolve) => setTimeout(resolve, 50)); // the kernel says nothing when it drops a SYN
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('connect', () => resolve()));
}
