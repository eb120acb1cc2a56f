import { type Static, Type } from 'typebox';
import { nullable, Timestamp, word } from './schema.ts';
import { TASK_STATUSES, type TaskStatus } from './task-status.ts';

/** Everything that can happen to a task: it reaches a state, or an answer comes after it was settled without one. */
export type TimelineEventType = `task.${TaskStatus | 'late_answer'}`;

export const TIMELINE_EVENT_TYPES: readonly TimelineEventType[] = [
  ...TASK_STATUSES.map((status) => `task.${status}` as const),
  'task.late_answer',
];

/** One line of a task's timeline, in a list and on a stream alike. */
export const TimelineEvent = Type.Object(
  {
    task_id: Type.String(),
    sequence: Type.Integer({
      description: 'Rises with every change of state; a `task.late_answer` has the one of the state it came in.',
    }),
    type: word(TIMELINE_EVENT_TYPES),
    status: word(TASK_STATUSES, { description: "The task's state after this event." }),
    at: Timestamp('When it happened.'),
    detail: nullable(Type.String({ description: 'Why, or the id that came with it.' })),
  },
  {
    $id: 'TimelineEvent',
    examples: [
      {
        task_id: 'task_0VCcGn8ibW4kPz7LmX2cRd',
        sequence: 3,
        type: 'task.submitted',
        status: 'submitted',
        at: '2026-03-01T12:00:00.123Z',
        detail: 'upstream-task-id',
      },
    ],
  },
);
export type TimelineEvent = Static<typeof TimelineEvent>;

export const TimelineEventList = Type.Object(
  { data: Type.Array(Type.Unsafe<TimelineEvent>({ $ref: 'TimelineEvent#' }), { description: 'Oldest first.' }) },
  { $id: 'TimelineEventList' },
);
export type TimelineEventList = Static<typeof TimelineEventList>;
