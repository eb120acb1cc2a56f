import { eventOf, type FollowOptions, follow, type StreamEvent } from '../sse/follow.ts';
import type { Transport } from '../transport/call.ts';
import { isFinalStatus, taskPath } from './read.ts';

/** The events of a task, from its first or after `lastEventId`, until it has ended. */
export async function* taskEvents(
  transport: Transport,
  id: string,
  options: FollowOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  let ended = false;
  const request = { method: 'GET', path: taskPath(id, '/events') } as const;
  for await (const message of follow(transport, request, { ...options, hasEnded: () => ended })) {
    const event = eventOf(message);
    ended ||= isFinalStatus(event.status);
    yield event;
  }
}
