import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export interface Received {
  /** The header `webhook-id`. */
  readonly id: string;
  /** The task that it tells of. */
  readonly task: string;
  readonly type: string;
}

/** A receiver as a user would write one: only what the stock library verifies by the secret is received, the rest is a 401. */
export async function startReceiver(secretOf: () => string) {
  const received: Received[] = [];
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    try {
      const event = new Webhook(secretOf()).verify(body, headersOf(request.headers)) as {
        type: string;
        data: { id: string };
      };
      received.push({ id: String(request.headers['webhook-id']), task: event.data.id, type: event.type });
      response.writeHead(204).end();
    } catch (error) {
      refused.push(String(error));
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    received,
    refused,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function headersOf(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
