import { type Static, Type } from 'typebox';
import { CALLER_ID } from './caller.ts';
import { nullable, Timestamp, word } from './schema.ts';
import { Metadata, PRIORITIES } from './submit.ts';
import { TASK_STATUSES } from './task-status.ts';

export const TaskError = Type.Object(
  {
    code: Type.String({ description: 'A word that programs can rely on.' }),
    message: Type.String({ description: "What happened, for people; maybe in the upstream's own words." }),
    retryable: Type.Boolean({ description: 'A new task with the same input may succeed.' }),
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

const AN_EXAMPLE = {
  id: 'task_0VCcGn8ibW4kPz7LmX2cRd',
  status: 'succeeded',
  model: 'openai/sora-2/text-to-video',
  caller: 'video-site',
  priority: 'normal',
  metadata: { order: '12' },
  webhook_url: null,
  created_at: '2026-03-01T12:00:00.000Z',
  start_by: '2026-03-02T12:00:00.000Z',
  submitted_at: '2026-03-01T12:00:00.400Z',
  finish_by: '2026-03-01T14:00:00.400Z',
  running_at: '2026-03-01T12:00:05.500Z',
  finished_at: '2026-03-01T12:01:20.000Z',
  urls: ['https://videos.example/1.mp4'],
  usage: { duration: 4 },
  error: null,
  submit_attempts: 1,
  upstream_task_id: 'c1b2a3',
  upstream_status: 'Success',
  late_upstream_task_id: null,
  poll_count: 16,
  next_poll_at: null,
  retry_of: null,
  erased_at: null,
  sequence: 5,
};

/** A task as Reelay's own endpoints tell it. */
export const Task = Type.Object(
  {
    id: Type.String({ description: 'As submit gave it.' }),
    status: word(TASK_STATUSES, {
      description: 'queued, submitting, submitted and running are open; the other four are final and never change.',
    }),
    model: Type.String({ description: 'As it was submitted.' }),
    caller: Type.String({ description: 'The caller that submitted it.' }),
    priority: word(PRIORITIES, { description: 'Among the queued tasks.' }),
    metadata: Metadata,
    webhook_url: nullable(
      Type.String({ description: "Where its events go; null: to its caller's default endpoint, if there is one." }),
    ),
    created_at: Timestamp('When it was accepted.'),
    start_by: Timestamp('When it expires if it was not sent.'),
    submitted_at: nullable(Timestamp('When the upstream gave its id.')),
    finish_by: nullable(Timestamp('When it expires if the upstream has not ended it.')),
    running_at: nullable(Timestamp('When it was first seen running.')),
    finished_at: nullable(Timestamp('When it reached its final state.')),
    urls: Type.Array(Type.String(), {
      description: 'The videos of a succeeded task, at the upstream, for as long as it keeps them.',
    }),
    usage: nullable(Usage),
    error: Type.Unsafe<TaskError | null>({
      anyOf: [{ $ref: 'TaskError#' }, { type: 'null' }],
      description: 'Why it failed, expired or was canceled; null otherwise.',
    }),
    submit_attempts: Type.Integer({ description: 'How often it was about to be sent upstream.' }),
    upstream_task_id: nullable(Type.String({ description: "The upstream's id of it." })),
    upstream_status: nullable(Type.String({ description: "The upstream's own last word." })),
    late_upstream_task_id: nullable(
      Type.String({ description: 'An id that the upstream gave after the task had been settled without it.' }),
    ),
    poll_count: nullable(
      Type.Integer({ description: 'How often the upstream was asked for its state; null: not known at this moment.' }),
    ),
    next_poll_at: nullable(Timestamp('When the upstream is asked next; null: it is not polled, or just being polled.')),
    retry_of: nullable(Type.String({ description: 'The task of which this one is a retry.' })),
    erased_at: nullable(
      Timestamp('When its content was erased: input, urls, metadata, address, timeline and the text of its error.'),
    ),
    sequence: Type.Integer({ description: 'Rises with every change of state.' }),
  },
  { $id: 'Task', description: 'One video task.', examples: [AN_EXAMPLE] },
);
export type Task = Static<typeof Task>;

export const TaskList = Type.Object(
  {
    data: Type.Array(Type.Ref('Task'), { description: 'Newest first.' }),
    next_cursor: nullable(
      Type.String({ description: '`cursor` of the next page; null: this was the last one.', examples: ['K7gN…'] }),
    ),
  },
  {
    $id: 'TaskList',
    description:
      'One page. It may hold fewer tasks than asked for, even none, and still not be the last: only next_cursor tells.',
  },
);
export type TaskList = Omit<Static<typeof TaskList>, 'data'> & { data: Task[] };

/** What may be asked of a list of tasks, as query parameters. */
export const TaskQuery = Type.Object(
  {
    cursor: Type.Optional(
      Type.String({ description: '`next_cursor` of the page before, with the same filters; without it: the newest.' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Most tasks on a page; default: 20.', examples: [20] }),
    ),
    status: Type.Optional(word(TASK_STATUSES, { description: 'Only tasks in this state.' })),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Only tasks of this model.',
        examples: ['openai/sora-2/text-to-video'],
      }),
    ),
    created_after: Type.Optional(Timestamp('Only tasks accepted later than this.')),
    created_before: Type.Optional(Timestamp('Only tasks accepted earlier than this.')),
    upstream_task_id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'Only the task that has this id at the upstream.' }),
    ),
    caller: Type.Optional(
      Type.String({
        ...CALLER_ID,
        description:
          'Only tasks of this caller. Another one than your own needs the scope admin, which without it lists those of all callers.',
        examples: ['video-site'],
      }),
    ),
  },
  { additionalProperties: false },
);
export type TaskQuery = Static<typeof TaskQuery>;
