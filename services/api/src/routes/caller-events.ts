import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { TIMELINE_EVENT_TYPES, type TimelineEventType } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { followCaller } from '../events/follow-caller.ts';
import { streamIdFrom } from '../events/sse-text.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors } from '../schemas.ts';

const ONE_TYPE = `(?:${TIMELINE_EVENT_TYPES.join('|').replaceAll('.', '\\.')})`;

const STREAM_EXAMPLE = `retry: 2000
: connected

id: 1772366400000-0

id: 1772366401000-0
event: task.succeeded
data: {"task_id":"task_0VCcGn8ibW4kPz7LmX2cRd","sequence":5,"type":"task.succeeded","status":"succeeded","at":"2026-03-01T12:00:01.000Z","detail":null}

`;

const schema = {
  operationId: 'streamEvents',
  tags: ['tasks'],
  summary: 'Follow the events of all your tasks',
  description:
    'Server-sent events without an end: the `id` is for Last-Event-ID, the `event` is the type, the `data` a TimelineEvent. The last 10,000 events are kept; an event `reelay.gap` says that some after its `since` are no longer: read those tasks again.',
  security: KEY_SECURITY,
  querystring: Type.Object({
    types: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: `^${ONE_TYPE}(?:,${ONE_TYPE})*$`,
        'x-form': `one or more of ${TIMELINE_EVENT_TYPES.join(', ')}, separated by commas`,
        description: `Only these types, separated by commas, of ${TIMELINE_EVENT_TYPES.join(', ')}; default: all.`,
      }),
    ),
  }),
  headers: Type.Object({
    'last-event-id': Type.Optional(
      Type.String({ description: 'The id of the last event that was received; default: from now on.' }),
    ),
  }),
  response: {
    200: {
      description: 'The stream.',
      content: { 'text/event-stream': { schema: Type.String(), example: STREAM_EXAMPLE } },
    },
    ...keyErrors('invalid_request'),
  },
};

export const callerEvents: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'events'>> = async (
  app,
  { tasks, events },
) => {
  const options = {
    config: { scope: 'read' as const },
    schema,
    handlerTimeout: READ_WITHIN_MS,
    exposeHeadRoute: false, // the head of something without an end says nothing
  };
  app.get('/v1/events', options, async (request, reply) => {
    const from = streamIdFrom(request.headers['last-event-id']);
    const caller = callerOf(request);
    const wants = chosenBy(request.query.types);
    return followCaller({ request, reply }, { caller, from, wants, events, readTask: tasks.read });
  });
};

function chosenBy(types: string | undefined): (type: TimelineEventType) => boolean {
  if (types === undefined) return () => true;
  const chosen = new Set<string>(types.split(','));
  return (type) => chosen.has(type);
}
