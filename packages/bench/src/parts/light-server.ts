import { createServer, type Socket } from 'node:net';

/** The JSON text of the answer; an empty one is a 204. `body` is one character per byte. */
export type Respond = (request: { method: string; path: string; body: string }) => string;

const HEAD_END = '\r\n\r\n';
const MOST_BYTES = 1024 ** 2;

/**
 * An HTTP/1.1 server that is cheap enough not to be what is measured: about a third of node:http's CPU. It knows just
 * what undici sends: a content-length, or no body. Listens on the first address's free port, on all of them.
 */
export async function startLightServer(hosts: readonly string[], respond: Respond): Promise<number> {
  let port = 0;
  for (const host of hosts) {
    const server = createServer({ noDelay: true }, (socket) => serve(socket, respond));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, 2_048, resolve));
    const address = server.address();
    if (typeof address === 'object' && address) port = address.port;
  }
  return port;
}

function serve(socket: Socket, respond: Respond): void {
  let waiting = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {}); // a client that leaves is its own business
  socket.on('data', (text: string) => {
    waiting += text;
    if (waiting.length > MOST_BYTES) return void socket.destroy();
    for (;;) {
      const request = takeRequest(waiting);
      if (!request) return;
      waiting = waiting.slice(request.length);
      const answer = render(respond(request), request.lastOne);
      if (request.lastOne) socket.end(answer, 'latin1');
      else socket.write(answer, 'latin1');
    }
  });
}

/** The first whole request of the text, or undefined while it is not whole. */
function takeRequest(text: string) {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const [, size = '0'] = /\r\ncontent-length: ?(\d+)/i.exec(head) ?? [];
  const bodyAt = headEnd + HEAD_END.length;
  const length = bodyAt + Number(size);
  if (text.length < length) return undefined;
  const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ', 2);
  return { method, path, body: text.slice(bodyAt, length), length, lastOne: /\r\nconnection: ?close/i.test(head) };
}

function render(body: string, lastOne: boolean): string {
  const connection = lastOne ? 'connection: close\r\n' : '';
  if (body === '') return `HTTP/1.1 204 No Content\r\n${connection}\r\n`;
  const head = `HTTP/1.1 200 OK\r\n${connection}content-type: application/json\r\ncontent-length: ${body.length}`;
  return head + HEAD_END + body;
}
