import type { TimelineEventType } from '@reelay/contracts';
import type { TaskRecord } from '@reelay/tasks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerFeed } from './caller-feed.ts';
import { follow } from './follow.ts';
import { holdSse } from './hold-sse.ts';
import type { Events } from './open-events.ts';
import { idText } from './sse-text.ts';

/**
 * Answers with all events of a caller after a place, without end; with no place those from now on, and the client is given
 * the id of now, so that a cut before the first event loses none. Throws what {@link holdSse} throws.
 */
export async function followCaller(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  about: {
    caller: string;
    from: string | undefined;
    wants(type: TimelineEventType): boolean;
    events: Events;
    readTask(id: string): Promise<TaskRecord | undefined>;
  },
): Promise<FastifyReply> {
  const { caller, wants, readTask } = about;
  const { hub, readCaller } = about.events;
  // Before the client is told that it is connected: whatever it does then is after this place.
  const from = about.from ?? (await readCaller({ caller, after: undefined, limit: 0 })).next;

  const outlet = holdSse({ request, reply }, about.events, () => feed.unsentId());
  const feed = callerFeed({
    from,
    wants,
    readTask,
    outlet,
    readPage: (after, limit) => hub.inTurn(() => readCaller({ caller, after, limit })),
  });
  if (about.from === undefined) outlet.send(idText(from));
  const listener = follow(feed, hub);
  outlet.onClose(hub.watchCaller(caller, listener));
  listener.catchUp();
  return reply;
}
