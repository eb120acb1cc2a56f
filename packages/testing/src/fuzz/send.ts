import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { FuzzRequest } from './requests.ts';

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

const MOST_BYTES = 1024 * 1024;

/** Sends requests as they are, over few connections. A stream of events is left after its head. */
export function createFuzzClient(url: string) {
  const { port, hostname } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  /** Rejects when there is no answer in time, or none at all. */
  function send({ method, path, headers, body }: FuzzRequest, withinMs: number): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(withinMs);
      const sent = request({ hostname, port, agent, method, path, headers, signal }, (response) => {
        const { statusCode: status = 0, headers: head } = response;
        if (String(head['content-type']).startsWith('text/event-stream')) {
          resolve({ status, headers: head, text: '' });
          return void response.destroy();
        }
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          if (text.length < MOST_BYTES) text += part;
        });
        response.on('end', () => resolve({ status, headers: head, text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Sends bytes that are no HTTP, ends the sending side and gives what comes back; empty when the server just closes. */
  function sendBytes(bytes: Buffer, withinMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.end(bytes));
      let text = '';
      socket.setTimeout(withinMs, () => {
        socket.destroy();
        reject(new Error(`nothing within ${withinMs} ms`));
      });
      socket.setEncoding('latin1');
      socket.on('data', (part) => {
        text += part;
      });
      socket.on('error', () => resolve(text)); // a reset is an answer to garbage
      socket.on('close', () => resolve(text));
    });
  }

  return { send, sendBytes, close: () => agent.destroy() };
}
