import { type Static, Type } from 'typebox';
import { word } from './schema.ts';

const MINUTE_S = 60;
const WEEK_S = 7 * 24 * 60 * MINUTE_S;

export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Every event a webhook can be asked to carry; the four final ones are the default. */
export const EVENT_TYPES = [
  'task.submitted',
  'task.running',
  'task.succeeded',
  'task.failed',
  'task.expired',
  'task.canceled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** A record of strings: at most 16 keys of at most 40 characters, values of at most 500. */
export const Metadata = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: 16,
  propertyNames: { type: 'string', minLength: 1, maxLength: 40 },
  additionalProperties: { type: 'string', maxLength: 500 },
  description: 'Your own words, given back in every answer and event.',
});

export const SubmitRequest = Type.Object(
  {
    model: Type.String({ minLength: 1, maxLength: 200, description: 'A model of the catalogue.' }),
    input: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: "The model's input; sent on unchanged.",
    }),
    parameters: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        additionalProperties: true,
        description: "The model's parameters; sent on unchanged.",
      }),
    ),
    webhook_url: Type.Optional(Type.String({ maxLength: 2048, description: 'Where the events of this task go.' })),
    webhook_events: Type.Optional(
      Type.Array(word(EVENT_TYPES), {
        minItems: 1,
        uniqueItems: true,
        maxItems: EVENT_TYPES.length,
        description: 'Which events are sent; default: the four final ones.',
      }),
    ),
    metadata: Type.Optional(Metadata),
    priority: Type.Optional(word(PRIORITIES, { description: 'Default: normal.' })),
    start_within: Type.Optional(
      Type.Integer({
        minimum: MINUTE_S,
        maximum: WEEK_S,
        description: 'Seconds from acceptance until it must have been sent.',
      }),
    ),
    finish_within: Type.Optional(
      Type.Integer({
        minimum: MINUTE_S,
        maximum: WEEK_S,
        description: 'Seconds from submission until it must have ended.',
      }),
    ),
    on_submit_unknown: Type.Optional(
      word(['fail', 'resubmit'], {
        description: 'When it is not known whether the upstream took the task. `resubmit` may pay twice.',
      }),
    ),
    max_resubmits: Type.Optional(Type.Integer({ minimum: 1, maximum: 3, description: 'Default: 1.' })),
  },
  { $id: 'SubmitRequest', additionalProperties: false },
);
export type SubmitRequest = Static<typeof SubmitRequest>;

export const SubmitAnswer = Type.Object(
  { output: Type.Object({ task_id: Type.String() }), request_id: Type.String() },
  { $id: 'SubmitAnswer' },
);
export type SubmitAnswer = Static<typeof SubmitAnswer>;

export const StatusAnswer = Type.Object(
  {
    output: Type.Object({
      task_id: Type.String(),
      task_status: word(['Pending', 'Running', 'Success', 'Failure']),
      urls: Type.Optional(Type.Array(Type.String())),
      submit_time: Type.Optional(Type.Integer({ description: 'Unix seconds.' })),
      finish_time: Type.Optional(Type.Integer({ description: 'Unix seconds.' })),
      error_message: Type.Optional(Type.String()),
    }),
    usage: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })),
    request_id: Type.String(),
  },
  { $id: 'StatusAnswer' },
);
export type StatusAnswer = Static<typeof StatusAnswer>;
