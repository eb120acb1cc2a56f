import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Events } from './open-events.ts';
import { openSse, type SseStream } from './sse-stream.ts';

const LAST_WORDS = { closing: 'this process ends; connect again', revoked: 'the key is no longer valid' };

/**
 * A stream that has its place among the open ones: it is pinged, ends with its key or the process, and frees its place.
 * `idleText` may replace a ping. Throws a Refusal, before anything was answered, when there is no place.
 */
export function holdSse(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { streams }: Pick<Events, 'streams'>,
  idleText: () => string | undefined = () => undefined,
): SseStream & { onClose(undo: () => void): void } {
  const undos: (() => void)[] = [];
  const free = streams.hold({
    request,
    ping: () => stream.ping(idleText()),
    end: (why) => stream.end(LAST_WORDS[why]),
  });
  const stream = openSse(request, reply, {
    retryMs: streams.retryMs(),
    mostQueuedBytes: streams.limits.mostQueuedBytes,
    onClose() {
      free();
      for (const undo of undos) undo();
    },
  });
  return Object.assign(stream, { onClose: (undo: () => void) => void undos.push(undo) });
}
