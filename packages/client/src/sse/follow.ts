import { ReelayError } from '../errors.ts';
import type { TimelineEvent } from '../schemas.ts';
import type { ApiRequest } from '../transport/attempt.ts';
import { delayBefore, isTransient, type Transport } from '../transport/call.ts';
import { connect } from './connect.ts';
import type { SseMessage } from './parse.ts';

/** How a stream is followed. */
export interface FollowOptions {
  /** The id of the last event that was seen; default: none. */
  readonly lastEventId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Failures in a row until it gives up; default: the client's. `Infinity` never does. */
  readonly maxRetries?: number | undefined;
  /** Told when a connection is open. */
  onOpen?(): void;
  /** Told when one has ended, before the next is made; undefined when the server ended it in order. */
  onLost?(error: unknown): void;
}

/**
 * The events of a stream over as many connections as it takes, without a gap: each begins after the last event that came.
 * It ends when the server says that there is no more, or ends a connection while `hasEnded` says so. Rejects as a call does.
 */
export async function* follow(
  transport: Transport,
  request: ApiRequest,
  { hasEnded = () => false, ...options }: FollowOptions & { hasEnded?(): boolean },
): AsyncGenerator<SseMessage, void, undefined> {
  const { signal, maxRetries = transport.settings.maxRetries } = options;
  let { lastEventId = '' } = options;
  for (let failures = 0; ; ) {
    let lost: unknown;
    try {
      for await (const piece of connect(transport, request, { lastEventId, signal })) {
        failures = 0;
        if (piece.kind === 'over') return;
        if (piece.kind === 'open') options.onOpen?.();
        if (piece.kind === 'place') lastEventId = piece.id;
        if (piece.kind === 'message') yield piece.message;
      }
    } catch (error) {
      if (!isTransient(error) || ++failures > maxRetries) throw error;
      lost = error;
    }
    if (hasEnded()) return;
    options.onLost?.(lost);
    await transport.timing.sleep(delayBefore(failures || 1, lost, transport.timing.random), signal);
  }
}

/** An event of a task, as it came on a stream. */
export interface StreamEvent extends TimelineEvent {
  /** Keep it to go on from here: `{ lastEventId: event.id }`. */
  readonly id: string;
}

/** The event in a message. That it has this shape is the api's promise. */
export function eventOf({ id, data, event }: SseMessage): StreamEvent {
  try {
    return { ...(JSON.parse(data) as TimelineEvent), id };
  } catch (cause) {
    throw new ReelayError(`An event (${event}) is not JSON: look at what stands before Reelay's api`, { cause });
  }
}
