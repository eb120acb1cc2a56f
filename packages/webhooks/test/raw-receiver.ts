import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface RawReceiver {
  readonly port: number;
  /** Every request as it came, head and body. */
  readonly requests: string[];
  readonly bytesReceived: () => number;
  readonly connections: () => number;
  /** Resolves when the n-th connection is closed. */
  readonly closed: (n: number) => Promise<void>;
}

export interface RawReceiverOptions {
  /** Called once per complete request. Without it nothing is ever answered. */
  readonly answer?: (socket: Socket) => void;
  readonly onConnection?: (socket: Socket) => void;
  readonly tls?: { key: string; cert: string };
  readonly host?: string;
}

/** A receiver on a bare socket of loopback, so that it can misbehave in every way. Ends with the test. */
export async function startRawReceiver(options: RawReceiverOptions = {}): Promise<RawReceiver> {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const closings: PromiseWithResolvers<void>[] = [];
  const closingOf = (n: number) => (closings[n] ??= Promise.withResolvers<void>());
  let bytes = 0;

  function onConnection(socket: Socket): void {
    const { resolve } = closingOf(sockets.push(socket));
    socket.on('close', () => resolve());
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      text += chunk;
      if (!isComplete(text)) return;
      requests.push(text);
      text = '';
      options.answer?.(socket);
    });
    options.onConnection?.(socket);
  }

  const server: Server = options.tls ? createTlsServer(options.tls, onConnection) : createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    port: address.port,
    requests,
    bytesReceived: () => bytes,
    connections: () => sockets.length,
    closed: (n) => closingOf(n).promise,
  };
}

function isComplete(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text)?.[1] ?? '0';
  return headEnd !== -1 && Buffer.byteLength(text.slice(headEnd + 4)) >= Number(length);
}

/** An HTTP/1.1 answer as text. */
export function anAnswer(status: number, options: { headers?: Record<string, string>; body?: string } = {}): string {
  const body = options.body ?? '';
  const headers = { 'content-length': String(Buffer.byteLength(body)), ...options.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Test\r\n${lines.join('')}\r\n${body}`;
}
