import { ApiError } from '../errors.ts';
import { type ApiRequest, open } from '../transport/attempt.ts';
import type { Transport } from '../transport/call.ts';
import { lostCall } from '../transport/lost-call.ts';
import { limitTime } from '../transport/time-limit.ts';
import { createSseParser, type SseMessage } from './parse.ts';

/** What a connection brought. */
export type Piece =
  /** The stream is open. */
  | { readonly kind: 'open' }
  | { readonly kind: 'message'; readonly message: SseMessage }
  /** All before this was told: go on after it. It may come without an event. */
  | { readonly kind: 'place'; readonly id: string }
  /** 204: all was told, and there will be nothing more. */
  | { readonly kind: 'over' };

/**
 * One connection to a stream of events, until the server ends it. Rejects as a call does, with TimeoutError after a long
 * silence, and with {@link NoStream}.
 */
export async function* connect(
  { settings, timing }: Transport,
  request: ApiRequest,
  { lastEventId, signal }: { lastEventId: string; signal: AbortSignal | undefined },
): AsyncGenerator<Piece, void, undefined> {
  const limit = limitTime(timing.silentMs, signal);
  try {
    const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
    const response = await open(settings, { ...request, headers }, limit.signal);
    if (response.status === 204) return yield { kind: 'over' };
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new NoStream(response);
    yield { kind: 'open' };
    const parser = createSseParser(lastEventId);
    for await (const text of textOf(response)) {
      limit.renew();
      for (const message of parser.take(text)) yield { kind: 'message', message };
      yield { kind: 'place', id: parser.lastId() };
    }
  } catch (cause) {
    throw lostCall(cause, { baseUrl: settings.baseUrl, timeoutMs: timing.silentMs, limit });
  } finally {
    limit.done();
  }
}

/** 2xx, and not text/event-stream, as a proxy or an older api may answer. */
export class NoStream extends ApiError {
  constructor({ status, headers }: Response) {
    super({ status, problem: undefined, requestId: headers.get('x-request-id') ?? undefined, retryAfterMs: undefined });
  }
}

async function* textOf(response: Response): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || !value) return;
    yield decoder.decode(value, { stream: true });
  }
}
