import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { Answer } from './receiver.ts';

// Receivers that misbehave, as answers of `startReceiver` or as bare sockets.

/** The statuses in turn, per webhook; the last one for ever. */
export function inTurn(...answers: readonly Answer[]): Answer {
  const seen = new Map<string, number>();
  return (request, response) => {
    const id = request.headers['webhook-id'] ?? '';
    const n = seen.get(id) ?? 0;
    seen.set(id, n + 1);
    answers[Math.min(n, answers.length - 1)]?.(request, response);
  };
}

/** Always this status, with these headers. */
export function status(code: number, headers: () => Record<string, string> = () => ({})): Answer {
  return (_request, response) => void response.writeHead(code, headers()).end(`answered ${code}`);
}

export const never: Answer = () => {};

export const reset: Answer = (_request, { socket }) => void socket?.resetAndDestroy();

const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** A body of so many bytes, as fast as it is taken; `written` is told how many went out before the connection closed. */
export function hugeBody(code: number, size: number, written: (bytes: number) => void): Answer {
  return (_request, response) => {
    const { socket } = response;
    response.on('close', () => written(socket?.bytesWritten ?? size));
    response.writeHead(code, { 'content-length': size });
    let left = size;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= CHUNK.length;
        if (!response.write(CHUNK)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  };
}

/** A 200 at once, and then a byte of its body now and then, without end. */
export const drippingBody: Answer = (_request, response) => {
  response.writeHead(200);
  drip(response, () => response.write('.'));
};

/** A status line and then a header's letters now and then, without end. */
export const drippingHeaders: Answer = (_request, { socket }) => {
  socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
  if (socket) drip(socket, () => socket.write('.'));
};

const DRIP_MS = 200;

function drip(closing: ServerResponse | Socket, write: () => void): void {
  const timer = setInterval(write, DRIP_MS);
  closing.once('close', () => clearInterval(timer));
}

/** Accepts TCP and never says a word: to a client that wants TLS, a handshake without end. */
export async function startSilent(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {}).resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The silent receiver has no port');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: address.port, close };
}
