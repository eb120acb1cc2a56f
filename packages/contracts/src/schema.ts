import { type Static, type TSchema, Type } from 'typebox';

/** A value that is always there and may be null: plainer for generated clients than an optional one. */
export function nullable<T extends TSchema>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [(schema as { type?: string }).type ?? 'object', 'null'] });
}

/** A word out of a closed list, as a plain `enum` (a union of constants makes poor clients). */
export function word<const T extends readonly string[]>(words: T, options: { description?: string } = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options });
}

export const Timestamp = (description: string) => Type.String({ format: 'date-time', description });
