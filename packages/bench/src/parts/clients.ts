import { Client } from 'undici';
import { openLine } from './light-client.ts';

/** A submit as a client has it before it is sent. */
export interface Submit {
  readonly port: number;
  /** '' for none. */
  readonly authorization: string;
  readonly body: string;
}

/** One kept-alive connection that carries one submit at a time. */
export interface ClientLine {
  /** Gives the HTTP status of the answer. */
  submit(submit: Submit): Promise<number>;
  close(): void;
}

/**
 * `light`: a raw socket and bytes that were made beforehand, which costs a tenth of `ordinary`: undici, which is what a Node
 * service has, and which reads the answer it gets. The lighter the clients, the more of the machine is left to the servers.
 */
export type Clients = 'light' | 'ordinary';

export const OPEN: Readonly<Record<Clients, (port: number) => Promise<ClientLine>>> = {
  light: openLight,
  ordinary: openOrdinary,
};

const PATH = '/v1/tasks/submit';

async function openLight(port: number): Promise<ClientLine> {
  const line = await openLine(port);
  return { submit: (submit) => line.ask(bytesOf(submit)), close: line.close };
}

/** Made once for each submit, before anything is measured. */
const made = new WeakMap<Submit, Buffer>();

export function bytesOf(submit: Submit): Buffer {
  const bytes = made.get(submit) ?? render(submit);
  made.set(submit, bytes);
  return bytes;
}

function render({ port, authorization, body }: Submit): Buffer {
  const key = authorization && `authorization: ${authorization}\r\n`;
  const head = `POST ${PATH} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${key}`;
  const type = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + type + body);
}

async function openOrdinary(port: number): Promise<ClientLine> {
  const client = new Client(`http://127.0.0.1:${port}`, { allowH2: false });
  return {
    async submit({ authorization, body }) {
      const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
      const answer = await client.request({ method: 'POST', path: PATH, headers, body });
      await answer.body.json();
      return answer.statusCode;
    },
    close: () => void client.destroy(),
  };
}
