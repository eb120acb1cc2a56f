import { type Static, Type } from 'typebox';
import { nullable, Timestamp, word } from './schema.ts';
import { Metadata, PRIORITIES } from './submit.ts';
import { TASK_STATUSES } from './task-status.ts';

export const TaskError = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    retryable: Type.Boolean(),
    billed: word(['no', 'yes', 'unknown'], { description: 'Whether money was spent upstream.' }),
  },
  { $id: 'TaskError' },
);
export type TaskError = Static<typeof TaskError>;

export const Usage = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'What the upstream counted; its fields depend on the model.',
});

/** A task as Reelay's own endpoints tell it. */
export const Task = Type.Object(
  {
    id: Type.String(),
    status: word(TASK_STATUSES),
    model: Type.String(),
    caller: Type.String(),
    priority: word(PRIORITIES),
    metadata: Metadata,
    webhook_url: nullable(Type.String()),
    created_at: Timestamp('When it was accepted.'),
    start_by: Timestamp('When it expires if it was not sent.'),
    submitted_at: nullable(Timestamp('When the upstream gave its id.')),
    finish_by: nullable(Timestamp('When it expires if the upstream has not ended it.')),
    running_at: nullable(Timestamp('When it was first seen running.')),
    finished_at: nullable(Timestamp('When it reached its final state.')),
    urls: Type.Array(Type.String()),
    usage: nullable(Usage),
    error: Type.Unsafe<TaskError | null>({ anyOf: [{ $ref: 'TaskError#' }, { type: 'null' }] }),
    submit_attempts: Type.Integer(),
    upstream_task_id: nullable(Type.String()),
    upstream_status: nullable(Type.String({ description: "The upstream's own last word." })),
    late_upstream_task_id: nullable(
      Type.String({ description: 'An id that the upstream gave after the task had been settled without it.' }),
    ),
    retry_of: nullable(Type.String()),
    sequence: Type.Integer({ description: 'Rises with every change of state.' }),
  },
  { $id: 'Task' },
);
export type Task = Static<typeof Task>;
