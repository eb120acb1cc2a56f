import type { ErrorObject } from 'ajv';
import { settleAlternatives } from './alternatives.ts';
import { pointerOf } from './pointer.ts';
import { sentence } from './sentence.ts';

/** One thing to correct: a JSON pointer into the request and a sentence that says how. */
export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

/** These only say that a rule within them failed, and that one says it better. */
const REPEATERS = ['if', 'propertyNames'];

/** One problem per place, of several the one that says the most. `root` is the schema that was broken, for its `$defs`. */
export function describeErrors(errors: readonly ErrorObject[], root: object): readonly Problem[] {
  const found = new Map<string, Problem & { tells: number }>();
  for (const error of settleAlternatives(errors, root)) {
    if (REPEATERS.includes(error.keyword)) continue;
    const pointer = pointerOf(error);
    const tells = tellingOf(error);
    if (tells > (found.get(pointer)?.tells ?? 0)) found.set(pointer, { pointer, message: sentence(error), tells });
  }
  return [...found.values()].map(({ pointer, message }) => ({ pointer, message }));
}

/**
 * A list of allowed values says the most; that a field is unknown says more than that this mode does not take it, and a
 * sum says little while its items are wrong.
 */
function tellingOf({ keyword, propertyName }: ErrorObject): number {
  if (propertyName !== undefined || keyword === 'sumOf') return 1;
  return keyword === 'enum' ? 3 : 2;
}
