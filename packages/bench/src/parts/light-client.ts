import { connect } from 'node:net';

/** One kept-alive connection that carries one request at a time. */
export interface Line {
  /** Sends the bytes of a whole request; gives the HTTP status of the answer. One at a time. */
  ask(request: Buffer): Promise<number>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';

/** Opens a connection to a port of 127.0.0.1; rejects when nobody listens there. */
export function openLine(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let waiting = '';
    let answered: PromiseWithResolvers<number> | undefined;
    const fail = (error: Error) => {
      reject(error);
      answered?.reject(error);
    };
    socket.setEncoding('latin1');
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('The connection was closed')));
    socket.on('data', (text: string) => {
      waiting += text;
      const length = lengthOfAnswer(waiting);
      if (length === undefined || waiting.length < length) return;
      answered?.resolve(Number(waiting.slice(9, 12)));
      waiting = waiting.slice(length);
    });
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

function lengthOfAnswer(text: string): number | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const [, size = '0'] = /\r\ncontent-length: ?(\d+)/i.exec(text.slice(0, headEnd)) ?? [];
  return headEnd + HEAD_END.length + Number(size);
}
