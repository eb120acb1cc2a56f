import { type Static, Type } from 'typebox';
import { nullable, Timestamp, word } from './schema.ts';
import { EVENT_TYPES, Metadata } from './submit.ts';
import { type TaskError, Usage } from './task.ts';
import { TASK_STATUSES } from './task-status.ts';

/** The task as of an event: only set-once facts, so that its bytes are the same in every attempt. */
export const EventData = Type.Object(
  {
    id: Type.String(),
    status: word(TASK_STATUSES),
    model: Type.String(),
    sequence: Type.Integer({ description: 'Rises per task: order events by it.' }),
    created_at: Timestamp('When it was accepted.'),
    submitted_at: nullable(Timestamp('When the upstream gave its id.')),
    finished_at: nullable(Timestamp('When it reached its final state.')),
    urls: Type.Array(Type.String()),
    urls_omitted: Type.Optional(
      Type.Integer({ description: 'How many urls did not fit into 20 kB; GET the task for all of them.' }),
    ),
    usage: nullable(Usage),
    error: Type.Unsafe<TaskError | null>({ anyOf: [{ $ref: 'TaskError#' }, { type: 'null' }] }),
    metadata: Metadata,
    retry_of: nullable(Type.String()),
  },
  { $id: 'EventData' },
);
export type EventData = Static<typeof EventData>;

export const TaskEvent = Type.Object(
  { type: word(EVENT_TYPES), timestamp: Timestamp('When it happened.'), data: Type.Ref('EventData') },
  { $id: 'TaskEvent' },
);
export type TaskEvent = Omit<Static<typeof TaskEvent>, 'data'> & { data: EventData };
