import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** One webhook as it came. */
export interface Received {
  readonly atMs: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, or on the host that was asked for. */
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections so far, whatever came over them. */
  connections(): number;
  close(): Promise<void>;
}

/** Answers one webhook; it may also never do so, or break the connection. */
export type Answer = (request: Received, response: ServerResponse) => void;

const MOST_BYTES = 64 * 1024;

export const answerOk: Answer = (_request, response) => void response.writeHead(204).end();

/** A receiver on loopback that keeps what it got. `host` defaults to 127.0.0.1, `port` to a free one. */
export async function startReceiver(
  answer: Answer,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    response.on('error', () => {});
    const body = await readBody(request).catch(() => undefined);
    if (!body) return;
    const one = { atMs: Date.now(), path: request.url ?? '', headers: textHeaders(request), body };
    received.push(one);
    answer(one, response);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port');
  return {
    port: address.port,
    url: `http://${host}:${address.port}`,
    received,
    connections: () => connections,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MOST_BYTES) throw new Error(`A webhook is longer than ${MOST_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function textHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
