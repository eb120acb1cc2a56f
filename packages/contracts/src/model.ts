import { type Static, Type } from 'typebox';
import { nullable, word } from './schema.ts';

/** `available`, or `retired`: still listed, and refused with `model_retired`. */
export const MODEL_STATUSES = ['available', 'retired'] as const;

const Prices = Type.Array(
  Type.Object({
    for: nullable(Type.String({ description: 'What it holds for, e.g. `1080P, 6 s`; null: for everything.' })),
    per: Type.String({ description: 'The unit, e.g. `second`.' }),
    amount: Type.Number(),
    up_to: nullable(Type.Number({ description: 'The other end, when the price is a range.' })),
  }),
  { description: "The upstream's list prices, in the currency of its price page; empty when they are not known." },
);

const facts = {
  id: Type.String({ description: 'What goes into `model` of a submit.' }),
  title: Type.String(),
  modes: Type.Array(Type.String(), { description: 'What it can do, e.g. `text-to-video`.' }),
  status: word(MODEL_STATUSES),
  notes: nullable(Type.String()),
  usual_duration_s: Type.Integer({ description: 'How long a task usually takes, in seconds: an estimate.' }),
  finish_within_s: nullable(
    Type.Integer({ description: "The model's own default of `finish_within`; null: Reelay's." }),
  ),
  prices: Prices,
};

export const ModelSummary = Type.Object(facts, { $id: 'ModelSummary' });
export type ModelSummary = Static<typeof ModelSummary>;

export const ModelList = Type.Object(
  { data: Type.Array(Type.Ref('ModelSummary')), next_cursor: Type.Null() },
  { $id: 'ModelList' },
);
export type ModelList = { data: ModelSummary[]; next_cursor: null };

export const Model = Type.Object(
  {
    ...facts,
    task_id_parameter: nullable(
      Type.String({ description: 'The member of `parameters` in which the upstream is told the id of the task.' }),
    ),
    schema: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'JSON Schema 2020-12 of `{input, parameters}`.',
    }),
    examples: Type.Array(
      Type.Object({
        title: Type.String(),
        input: Type.Unsafe<unknown>({ type: 'object', additionalProperties: true }),
        parameters: Type.Optional(Type.Unsafe<unknown>({ type: 'object', additionalProperties: true })),
      }),
    ),
  },
  { $id: 'Model' },
);
export type Model = Static<typeof Model>;
