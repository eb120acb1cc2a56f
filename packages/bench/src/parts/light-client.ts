import { connect } from 'node:net';

/** One kept-alive connection that carries one request at a time. */
export interface Line {
  /** Sends the bytes of a whole request; gives the HTTP status of the answer. One at a time. */
  ask(request: Buffer): Promise<number>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';
const MOST_AT_ONCE = 64 * 1024;

/**
 * Opens a connection to a port of 127.0.0.1; rejects when nobody listens there. It reads into one buffer of its own: a
 * stream's way with a chunk costs as much as all the rest of a client.
 */
export function openLine(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    let before = '';
    let answered: PromiseWithResolvers<number> | undefined;
    const read = (size: number, buffer: Uint8Array): boolean => {
      const text = before + Buffer.from(buffer.buffer, buffer.byteOffset, size).toString('latin1');
      const length = lengthOfAnswer(text);
      const isWhole = length !== undefined && text.length >= length;
      before = isWhole ? text.slice(length) : text;
      if (isWhole) answered?.resolve(Number(text.slice(9, 12)));
      return true;
    };
    const onread = { buffer: Buffer.alloc(MOST_AT_ONCE), callback: read };
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    const fail = (error: Error) => {
      reject(error);
      answered?.reject(error);
    };
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('The connection was closed')));
    socket.once('connect', () =>
      resolve({
        ask(request) {
          answered = Promise.withResolvers();
          socket.write(request);
          return answered.promise;
        },
        close: () => void socket.destroy(),
      }),
    );
  });
}

const LENGTH = /\r\ncontent-length: ?(\d+)/i;

function lengthOfAnswer(text: string): number | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const [, size = '0'] = LENGTH.exec(text.slice(0, headEnd)) ?? [];
  return headEnd + HEAD_END.length + Number(size);
}
