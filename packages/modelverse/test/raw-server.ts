import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

const certificateFile = (name: string) => readFileSync(join(import.meta.dirname, 'certificate', name), 'utf8');
export const CERTIFICATE = certificateFile('cert.pem');

export interface RawServer {
  readonly url: string;
  /** Every whole request, head and body, as text. */
  readonly requests: string[];
  /** Bytes of HTTP read, whole requests or not. */
  bytesRead(): number;
  connections(): number;
  close(): Promise<void>;
}

export interface Conduct {
  /** Takes the whole request; nothing is answered unless this does it. */
  onRequest?: (socket: Socket) => void;
  onConnection?: (socket: Socket) => void;
  onBytes?: (socket: Socket) => void;
  tls?: boolean;
}

/** A server on a loopback port that reads HTTP requests by hand and does to its sockets whatever the test says. */
export async function listenRaw(conduct: Conduct): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let bytes = 0;
  let connections = 0;

  function serve(socket: Socket): void {
    connections += 1;
    sockets.add(socket);
    let unread = '';
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      conduct.onBytes?.(socket);
      unread += chunk.toString('latin1');
      const length = wholeLength(unread);
      if (length === undefined) return;
      requests.push(unread.slice(0, length));
      unread = unread.slice(length);
      conduct.onRequest?.(socket);
    });
    conduct.onConnection?.(socket);
  }

  const server: Server = conduct.tls
    ? createTlsServer({ key: certificateFile('key.pem'), cert: CERTIFICATE }, serve)
    : createServer(serve);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: conduct.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    requests,
    bytesRead: () => bytes,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The length of the first request in the text, once it is there as a whole. */
function wholeLength(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const bodyLength = Number(/^content-length: (\d+)$/im.exec(text.slice(0, headEnd))?.[1] ?? 0);
  const length = headEnd + 4 + bodyLength;
  return text.length >= length ? length : undefined;
}

/** The text of an HTTP answer with a body. */
export function httpAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(text)), ...headers });
  return `HTTP/1.1 ${status} X\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`;
}
