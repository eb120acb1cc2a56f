import type { ValidateFunction } from 'ajv';
import { type Static, Type } from 'typebox';

const WEEK_S = 7 * 24 * 3_600;
const closed = { additionalProperties: false } as const;

/** A list price, in the currency of the upstream's price page; `up_to` when the page gives a range. */
const Price = Type.Object(
  {
    /** What it holds for, e.g. `1080P, 6 s`; absent: for everything. */
    for: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    /** The unit, e.g. `second`, `clip`. */
    per: Type.String({ minLength: 1, maxLength: 50 }),
    amount: Type.Number({ minimum: 0 }),
    up_to: Type.Optional(Type.Number({ minimum: 0 })),
  },
  closed,
);

const Example = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 100 }),
    input: Type.Unknown(),
    parameters: Type.Optional(Type.Unknown()),
  },
  closed,
);

/**
 * One file of `models/`: what the operator writes to add a model (docs/models.md). `schema` describes
 * `{input, parameters}`; its `input` and `parameters` refuse members that they do not name. Durations are in seconds.
 */
export const ModelFile = Type.Object(
  {
    /** The string that goes on the wire as `model`. */
    model: Type.String({ minLength: 1, maxLength: 200, pattern: '^[!-~]+$' }),
    title: Type.String({ minLength: 1, maxLength: 100 }),
    /** E.g. `text-to-video`, `image-to-video`. */
    modes: Type.Array(Type.String({ pattern: '^[a-z0-9-]{1,50}$' }), { minItems: 1, maxItems: 20, uniqueItems: true }),
    /** A `retired` one is still listed, and refused when it is asked for. */
    status: Type.Union([Type.Literal('available'), Type.Literal('retired')]),
    notes: Type.Optional(Type.String({ maxLength: 1_000 })),
    /** How long a task usually takes; polls get rarer after it. */
    usual_duration_s: Type.Integer({ minimum: 1, maximum: WEEK_S }),
    /** The model's own default for `finish_within`. */
    finish_within_s: Type.Optional(Type.Integer({ minimum: 60, maximum: WEEK_S })),
    prices: Type.Optional(Type.Array(Price, { maxItems: 20 })),
    /** The member of `parameters` that takes a client's own task id: Reelay's goes there unless the caller set one. */
    task_id_parameter: Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,49}$' })),
    schema: Type.Record(Type.String(), Type.Unknown()),
    /** The first one is the main one; every mode has one. */
    examples: Type.Array(Example, { minItems: 1, maxItems: 20 }),
  },
  closed,
);

/** A model of the catalogue: its file, and the schema that judges a task's input, compiled when it is first asked for. */
export interface Model extends Readonly<Static<typeof ModelFile>> {
  readonly accepts: ValidateFunction;
}
