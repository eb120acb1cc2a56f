import { connect } from 'node:net';

/** One event as a client got it. */
export interface Heard {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  /** From the event's own time, which is Redis', to its receipt. */
  readonly delayMs: number;
}

export interface RawStream {
  readonly heard: readonly Heard[];
  readonly ended: Promise<void>;
  close(): void;
}

const CONNECT_WITHIN_MS = 30_000;

/**
 * An event stream over a bare socket, so that thousands cost their reader little. HTTP/1.0: the body comes without
 * chunks. Resolves when the server says that it is connected.
 */
export function openRawStream(about: { apiUrl: string; key: string; path: string }): Promise<RawStream> {
  const { hostname, port } = new URL(about.apiUrl);
  const socket = connect(Number(port), hostname).setEncoding('utf8').setNoDelay(true);
  const heard: Heard[] = [];
  let rest = '';
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()).on('error', () => resolve()));
  socket.write(
    `GET ${about.path} HTTP/1.0\r\nauthorization: ${about.key}\r\naccept: text/event-stream\r\nhost: ${hostname}\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    const tooLate = () => reject(new Error(`${about.path} was not connected; the answer so far: ${rest}`));
    const timer = setTimeout(tooLate, CONNECT_WITHIN_MS);
    void ended.then(tooLate);
    socket.on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const one = heardIn(block);
        if (one) heard.push(one);
        else if (block.includes(': connected')) {
          clearTimeout(timer);
          resolve({ heard, ended, close: () => void socket.destroy() });
        }
      }
    });
  });
}

function heardIn(block: string): Heard | undefined {
  const [, id = '', type = '', data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
  if (data === undefined) return undefined;
  const { sequence, at } = JSON.parse(data) as { sequence: number; at: string };
  return { id, type, sequence, delayMs: Date.now() - Date.parse(at) };
}
