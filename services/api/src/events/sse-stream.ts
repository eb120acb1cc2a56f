import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { logOf, logRequest } from '../plugins/request-line.ts';
import { commentText } from './sse-text.ts';

/** An answer that goes on: the bytes of server-sent events. */
export interface SseStream {
  readonly isClosed: boolean;
  /** Queues a text. A reader that leaves more than `mostQueuedBytes` untaken is cut off, and may resume. */
  send(text: string): void;
  /** Keeps the connection alive. One that has taken nothing since the last ping is cut off. */
  ping(text?: string): void;
  /** Resolves when the reader has taken what was sent, or is gone. */
  drained(): Promise<void>;
  /** `comment`: the last words, when it is cut short; a reader that is behind does not get them. */
  end(comment?: string): void;
}

/** Answers 200 and keeps the answer open; `onClose` is called once, whoever ends it. `retryMs`: when to come back. */
export function openSse(
  request: FastifyRequest,
  reply: FastifyReply,
  about: { retryMs: number; mostQueuedBytes: number; onClose(): void },
): SseStream {
  reply.hijack();
  reply.headers({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no', // nginx would hold events back
    connection: 'close', // else the process, when it ends, waits for the clients to let the ended ones go
  });
  const { raw } = reply;
  let isClosed = false;
  let takenBefore = -1;

  whenClosed(raw, () => {
    isClosed = true;
    about.onClose();
    // Fastify tells its onResponse hooks of answers that were finished; most streams are ended by their reader.
    if (!raw.writableFinished) logRequest(request, reply);
  });
  raw.on('error', () => {}); // the close that follows says all
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200);
  raw.write(`retry: ${about.retryMs}\n: connected\n\n`);

  function cutOff(): void {
    isClosed = true;
    logOf(request).info({ queued: raw.writableLength }, 'a stream was cut off: its reader is too slow');
    raw.destroy();
  }

  function send(text: string): void {
    if (isClosed) return;
    raw.write(text);
    if (raw.writableLength > about.mostQueuedBytes) cutOff();
  }

  return {
    get isClosed() {
      return isClosed;
    },
    send,
    ping(text = commentText('ping')) {
      const taken = takenBy(raw);
      if (raw.writableNeedDrain && taken === takenBefore) return cutOff();
      takenBefore = taken;
      send(text);
    },
    async drained() {
      if (isClosed || !raw.writableNeedDrain) return;
      const gone = new AbortController();
      const closed = () => gone.abort();
      raw.once('close', closed);
      await once(raw, 'drain', { signal: gone.signal }).catch(() => undefined);
      raw.off('close', closed);
    },
    end(comment) {
      if (isClosed) return;
      isClosed = true;
      if (comment === undefined) raw.end();
      else if (raw.writableNeedDrain) raw.destroy();
      else raw.end(commentText(comment));
    },
  };
}

/** Calls back once, also when the client is gone already. */
export function whenClosed(raw: ServerResponse, callBack: () => void): void {
  if (raw.destroyed) setImmediate(callBack);
  else raw.once('close', callBack);
}

/** Bytes that have left this process. */
function takenBy({ socket }: ServerResponse): number {
  return socket ? socket.bytesWritten - socket.writableLength : 0;
}
