import { AbortedError, DownloadError, ReelayError } from '../errors.ts';
import type { Task } from '../schemas.ts';
import type { Transport } from '../transport/call.ts';
import { limitTime } from '../transport/time-limit.ts';
import { readTask } from './read.ts';

export interface DownloadOptions {
  /** Which of the task's urls; default the first. */
  readonly index?: number;
  readonly signal?: AbortSignal;
  /** For the answer's head, and for each silence within its body; default 60,000 ms. */
  readonly timeoutMs?: number;
}

/** A result on its way. Read `stream` or `bytes`, once. */
export interface Download {
  readonly url: string;
  readonly contentType: string | undefined;
  /** Bytes, when the answer says how many. */
  readonly size: number | undefined;
  /** Errors with DownloadError when it breaks off. */
  readonly stream: ReadableStream<Uint8Array>;
  /** All of it; rejects with DownloadError above `mostBytes` (default 1 GiB). */
  bytes(mostBytes?: number): Promise<Uint8Array>;
}

/**
 * Fetches a result from where the task's url says, without the key, as that is another's server. Rejects with
 * DownloadError when there is no url, or it is refused (most upstreams keep a video for a day), and with AbortedError.
 */
export async function download(
  transport: Transport,
  which: Task | string,
  { index = 0, signal, timeoutMs = 60_000 }: DownloadOptions = {},
): Promise<Download> {
  const task = typeof which === 'string' ? await readTask(transport, which, signal ? { signal } : {}) : which;
  const url = task.urls[index];
  if (url === undefined) {
    const why = `${task.id} (${task.status}) has ${task.urls.length} urls; there is none at index ${index}`;
    throw new DownloadError(why, { taskId: task.id });
  }
  const limit = limitTime(timeoutMs, signal);
  const fail = (cause: unknown): ReelayError => {
    limit.done();
    if (cause instanceof ReelayError) return cause;
    if (signal?.aborted) return new AbortedError(signal.reason);
    const why = limit.isOver() ? `nothing came for ${timeoutMs} ms` : String(cause);
    return new DownloadError(`The result of ${task.id} could not be fetched: ${why}`, { cause, taskId: task.id });
  };
  try {
    const response = await transport.settings.fetch(url, { signal: limit.signal });
    if (!response.ok || !response.body) {
      const { status } = response;
      const why = `HTTP ${status}; its url may be over (most upstreams keep a video for a day)`;
      throw new DownloadError(`The result of ${task.id} could not be fetched: ${why}`, { status, taskId: task.id });
    }
    const size = Number(response.headers.get('content-length') ?? Number.NaN);
    const stream = watched(response.body, { onPiece: limit.renew, onEnd: limit.done, fail });
    return {
      url,
      contentType: response.headers.get('content-type') ?? undefined,
      size: Number.isNaN(size) ? undefined : size,
      stream,
      bytes: (mostBytes = 2 ** 30) => readBytes(stream, mostBytes),
    };
  } catch (error) {
    throw fail(error);
  }
}

/** The same pieces, with every silence and every break told. */
function watched(
  body: ReadableStream<Uint8Array>,
  { onPiece, onEnd, fail }: { onPiece(): void; onEnd(): void; fail(cause: unknown): ReelayError },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        onPiece();
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        onEnd();
        controller.close();
      } catch (cause) {
        controller.error(fail(cause));
      }
    },
    async cancel(reason) {
      onEnd();
      await reader.cancel(reason).catch(() => {});
    },
  });
}

async function readBytes(stream: ReadableStream<Uint8Array>, mostBytes: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    size += next.value.length;
    if (size <= mostBytes) continue;
    await reader.cancel();
    throw new DownloadError(`The result is longer than ${mostBytes} bytes: read it as a stream`, {});
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
