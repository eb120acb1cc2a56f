import { isFinal } from '@reelay/contracts';
import type { TaskRecord } from '@reelay/tasks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Place } from '../views/event.ts';
import { follow } from './follow.ts';
import { holdSse } from './hold-sse.ts';
import type { Events } from './open-events.ts';
import { eventsAfter, taskFeed } from './task-feed.ts';

/**
 * Answers with one task's events after a place, until its end: 204 when it has ended and nothing is left to tell, by which
 * an EventSource knows not to come back. `task` was just read. Throws what {@link holdSse} throws.
 */
export function followTask(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  about: {
    task: TaskRecord;
    from: Place | undefined;
    events: Events;
    read(id: string): Promise<TaskRecord | undefined>;
  },
): FastifyReply {
  const { task, from, events } = about;
  const { hub } = events;
  if (isFinal(task.status) && eventsAfter(task, from).length === 0) return reply.code(204).send();

  const outlet = holdSse({ request, reply }, events);
  const feed = taskFeed({ task: task.id, from, outlet, read: () => hub.inTurn(() => about.read(task.id)) });
  const listener = follow(feed, hub);
  outlet.onClose(hub.watchTask(task.id, listener));
  listener.catchUp();
  return reply;
}
