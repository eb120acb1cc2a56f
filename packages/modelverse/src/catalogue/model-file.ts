import type { ValidateFunction } from 'ajv';
import { type Static, Type } from 'typebox';

const WEEK_S = 7 * 24 * 3_600;

/**
 * One file of `models/`: what the operator writes to add a model. `schema` describes `{input, parameters}`; its `input`
 * and `parameters` refuse members that they do not name. Durations are in seconds; the price is the upstream's list price.
 */
export const ModelFile = Type.Object(
  {
    /** The string that goes on the wire as `model`. */
    model: Type.String({ minLength: 1, maxLength: 200, pattern: '^[!-~]+$' }),
    title: Type.String({ minLength: 1, maxLength: 100 }),
    /** E.g. `text-to-video`, `image-to-video`. */
    mode: Type.String({ minLength: 1, maxLength: 50 }),
    status: Type.Union([Type.Literal('available'), Type.Literal('retired')]),
    notes: Type.Optional(Type.String({ maxLength: 1_000 })),
    /** How long a task usually takes; polls get rarer after it. */
    usual_duration_s: Type.Integer({ minimum: 1, maximum: WEEK_S }),
    /** The model's own default for `finish_within`. */
    finish_within_s: Type.Optional(Type.Integer({ minimum: 60, maximum: WEEK_S })),
    price: Type.Optional(
      Type.Object(
        {
          per: Type.String({ minLength: 1, maxLength: 50 }),
          from: Type.Number({ minimum: 0 }),
          to: Type.Number({ minimum: 0 }),
        },
        { additionalProperties: false },
      ),
    ),
    schema: Type.Record(Type.String(), Type.Unknown()),
    example: Type.Object(
      { input: Type.Unknown(), parameters: Type.Optional(Type.Unknown()) },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/** A model of the catalogue: its file, and the compiled schema that judges a task's input. */
export interface Model extends Readonly<Static<typeof ModelFile>> {
  readonly accepts: ValidateFunction;
}
