import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Sends these bytes as they are and gives the whole answer; for what no client would send. */
export async function sendRaw(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(Buffer.from([...lines, 'connection: close', '', ''].join('\r\n'), 'latin1'));
  return text(socket);
}
