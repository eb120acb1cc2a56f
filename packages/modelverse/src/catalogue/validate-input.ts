import type { ErrorObject } from 'ajv';
import type { Model } from './model-file.ts';

/** One thing to correct: a JSON pointer into the request and a sentence that says how. */
export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

export interface TaskInput {
  readonly input?: unknown;
  readonly parameters?: unknown;
}

const MOST_PROBLEMS = 20;
/** Far above what any model takes; it bounds the errors that one body can make the schema produce. */
const MOST_MEMBERS = 1_000;
const LONGEST_NAME = 100;

/** What is wrong with a task's input by its model's schema, at most 20 problems, one per place; empty when it is valid. */
export function validateInput(model: Model, { input, parameters }: TaskInput): readonly Problem[] {
  const members = { input, parameters };
  if (countMembers(members, MOST_MEMBERS) > MOST_MEMBERS) {
    return [
      { pointer: '', message: `must not have more than ${MOST_MEMBERS} members in all; ${model.model} takes few.` },
    ];
  }
  if (model.accepts(members)) return [];
  return describeErrors(model.accepts.errors ?? []).slice(0, MOST_PROBLEMS);
}

/** One problem per place. Where several rules are broken, the list of allowed values says the most. */
export function describeErrors(errors: readonly ErrorObject[]): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of errors) {
    if (error.keyword === 'if') continue; // only repeats that its `then` or `else` failed
    const pointer = pointerOf(error);
    if (error.keyword === 'enum' || !problems.has(pointer))
      problems.set(pointer, { pointer, message: sentence(error) });
  }
  return [...problems.values()];
}

function pointerOf({ keyword, instancePath, params }: ErrorObject): string {
  const member = keyword === 'required' ? params['missingProperty'] : params['additionalProperty'];
  return member === undefined ? instancePath : `${instancePath}/${escapePointer(String(member))}`;
}

function escapePointer(member: string): string {
  return member.slice(0, LONGEST_NAME).replaceAll('~', '~0').replaceAll('/', '~1');
}

const SENTENCES: Readonly<Record<string, (error: ErrorObject) => string>> = {
  required: () => 'is required.',
  additionalProperties: ({ parentSchema }) => `is not a known field; ${knownFields(parentSchema)}.`,
  enum: ({ params, data }) => `must be one of ${listed(params['allowedValues'])} (got ${shown(data)}).`,
  const: ({ params, data }) => `must be ${shown(params['allowedValue'])} (got ${shown(data)}).`,
  type: ({ params, data }) => `must be ${kind(String(params['type']))} (got ${shown(data)}).`,
  minLength: ({ params }) => `must have at least ${params['limit']} character${params['limit'] === 1 ? '' : 's'}.`,
  maxLength: ({ params }) => `must have at most ${params['limit']} characters.`,
  pattern: ({ parentSchema }) => `has not the form it needs: ${described(parentSchema)}`,
};

function sentence(error: ErrorObject): string {
  return SENTENCES[error.keyword]?.(error) ?? `${error.message ?? 'is not valid'}.`;
}

function knownFields(schema: ErrorObject['parentSchema']): string {
  const names = Object.keys(schema?.['properties'] ?? {});
  return names.length > 0 ? `this model takes ${names.join(', ')}` : 'this model takes none';
}

function described(schema: ErrorObject['parentSchema']): string {
  return String(schema?.['description'] ?? `it must match ${schema?.['pattern']}`);
}

function kind(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function listed(values: readonly unknown[]): string {
  return values.map(shown).join(', ');
}

/** A value as a short word; texts of callers are not repeated beyond recognition's need. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 40 ? 'a longer text' : JSON.stringify(value);
}

/** How many members and items a value has, all levels together; it stops counting above `most`. */
function countMembers(value: unknown, most: number): number {
  const open: unknown[] = [value];
  let count = 0;
  while (open.length > 0 && count <= most) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const key in next) {
      count += 1;
      if (count > most) break;
      open.push((next as Record<string, unknown>)[key]);
    }
  }
  return count;
}
