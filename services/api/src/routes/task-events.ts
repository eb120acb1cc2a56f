import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { TimelineEventList } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { followTask } from '../events/follow-task.ts';
import { placeFrom, wantsStream } from '../events/sse-text.ts';
import { findTask } from '../find-task.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors, named } from '../schemas.ts';
import { timelineView } from '../views/event.ts';

const STREAM_EXAMPLE = `retry: 2000
: connected

id: 1
event: task.queued
data: {"task_id":"task_0VCcGn8ibW4kPz7LmX2cRd","sequence":1,"type":"task.queued","status":"queued","at":"2026-03-01T12:00:00.000Z","detail":null}

`;

const schema = {
  operationId: 'listTaskEvents',
  tags: ['tasks'],
  summary: 'Read the events of a task, at once or as they happen',
  description:
    'With `Accept: text/event-stream` a stream of server-sent events: the `id` is for Last-Event-ID, the `event` is the type, the `data` a TimelineEvent. It begins with what has happened, and ends with the task. Else the list of what has happened.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String() }),
  headers: Type.Object({
    'last-event-id': Type.Optional(
      Type.String({
        description: 'Of a stream: the id of the last event that was received; what came after it is sent.',
      }),
    ),
  }),
  response: {
    200: {
      description: 'The events so far, or the stream.',
      content: {
        'application/json': { schema: named<TimelineEventList>('TimelineEventList') },
        'text/event-stream': { schema: Type.String(), example: STREAM_EXAMPLE },
      },
    },
    204: Type.Null({ description: 'The task has ended and no event is left to tell: do not connect again.' }),
    ...keyErrors('task_not_found'),
  },
};

export const taskEvents: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'events'>> = async (
  app,
  { tasks, events },
) => {
  const options = { config: { scope: 'read' as const }, schema, handlerTimeout: READ_WITHIN_MS };
  app.get('/v1/tasks/:id/events', options, async (request, reply) => {
    const isStream = request.method === 'GET' && wantsStream(request.headers.accept);
    const from = isStream ? placeFrom(request.headers['last-event-id']) : undefined;
    const task = await findTask(tasks.read, request.params.id, requesterOf(request));
    reply.header('vary', 'accept');
    if (isStream) return followTask({ request, reply }, { task, from, events, read: tasks.read });
    return { data: timelineView(task).map(({ event }) => event) };
  });
};
