import type { TimelineEvent } from './schemas.ts';
import { eventOf, type FollowOptions, follow, type StreamEvent } from './sse/follow.ts';
import type { Transport } from './transport/call.ts';

/** Events between were dropped, as only so many are kept: list the tasks to learn what became of them. */
export interface EventGap {
  readonly type: 'reelay.gap';
  readonly id: string;
}

export interface StreamOptions extends FollowOptions {
  /** Only these; default: all. */
  readonly types?: readonly TimelineEvent['type'][];
}

/** The events of all the caller's tasks. */
export function createEvents(transport: Transport) {
  return {
    /**
     * From now on, or from `lastEventId` on, over as many connections as it takes, until the signal ends it (with
     * AbortedError) or you leave the loop.
     */
    async *stream(options: StreamOptions = {}): AsyncGenerator<StreamEvent | EventGap, void, undefined> {
      const request = { method: 'GET', path: '/v1/events', query: { types: options.types?.join(',') } } as const;
      for await (const message of follow(transport, request, options)) {
        if (message.event === 'reelay.gap') yield { type: 'reelay.gap', id: message.id };
        else yield eventOf(message);
      }
    },
  };
}
