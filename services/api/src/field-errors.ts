import type { FieldError } from '@reelay/contracts';
import type { ErrorObject } from 'ajv';

const MOST_ERRORS = 20;
const LONGEST_NAME = 100;

/**
 * Ajv's errors as the caller reads them: one per place, at most 20. `pointerTo` makes the place: a JSON pointer for a
 * body, the bare name for a query parameter. Ajv has to run with `verbose`.
 */
export function fieldErrors(errors: readonly ErrorObject[], pointerTo = jsonPointer): FieldError[] {
  const found = new Map<string, FieldError>();
  for (const error of errors) {
    if (error.keyword === 'propertyNames') continue; // repeats what the name's own rule said
    const pointer = pointerTo(error);
    if (!found.has(pointer)) found.set(pointer, { pointer, message: sentence(error) });
    if (found.size === MOST_ERRORS) break;
  }
  return [...found.values()];
}

/** RFC 6901. A missing or an unknown member is pointed at itself, not at the object around it. */
function jsonPointer({ instancePath, params, propertyName }: ErrorObject): string {
  const member: unknown = params['missingProperty'] ?? params['additionalProperty'] ?? propertyName;
  return member === undefined ? instancePath : `${instancePath}/${escaped(String(member))}`;
}

/** `task_id` for a parameter: its pointer without the slash. */
export function parameterName(error: ErrorObject): string {
  return jsonPointer(error).slice(1);
}

function escaped(member: string): string {
  return member.slice(0, LONGEST_NAME).replaceAll('~', '~0').replaceAll('/', '~1');
}

const SENTENCES: Readonly<Record<string, (error: ErrorObject) => string>> = {
  required: () => 'is required.',
  additionalProperties: ({ parentSchema }) => `is not a known field; ${knownFields(parentSchema)}.`,
  enum: ({ params, data }) => `must be one of ${listed(params['allowedValues'])} (got ${shown(data)}).`,
  type: ({ params, data }) => `must be ${[params['type']].flat().join(' or ')} (got ${shown(data)}).`,
  minimum: ({ params, data }) => `must be at least ${params['limit']} (got ${shown(data)}).`,
  maximum: ({ params, data }) => `must be at most ${params['limit']} (got ${shown(data)}).`,
  minLength: ({ params }) => `must have at least ${counted(params['limit'], 'character')}.`,
  maxLength: ({ params }) => `must have at most ${counted(params['limit'], 'character')}.`,
  minItems: ({ params }) => `must have at least ${counted(params['limit'], 'item')}.`,
  maxItems: ({ params }) => `must have at most ${counted(params['limit'], 'item')}.`,
  format: ({ data }) => `must be a time such as 2026-03-01T12:00:00Z (got ${shown(data)})${lostPlus(data)}.`,
  uniqueItems: () => 'must not name the same thing twice.',
  minProperties: ({ params }) => `must have at least ${counted(params['limit'], 'member')}.`,
  maxProperties: ({ params }) => `must have at most ${counted(params['limit'], 'member')}.`,
  pattern: ({ parentSchema }) => `has not the form it needs: ${parentSchema?.['x-form'] ?? parentSchema?.['pattern']}.`,
};

function sentence(error: ErrorObject): string {
  return SENTENCES[error.keyword]?.(error) ?? `${error.message ?? 'is not valid'}.`;
}

/** In a query a `+` that is not escaped is a space. */
function lostPlus(data: unknown): string {
  return / \d{2}:\d{2}$/.test(String(data)) ? '; in a URL write the + of its zone as %2B' : '';
}

function knownFields(schema: ErrorObject['parentSchema']): string {
  const known = Object.keys(schema?.['properties'] ?? {});
  return known.length === 0 ? 'there are none here' : `the known ones are ${known.join(', ')}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function listed(values: readonly unknown[]): string {
  return values.map(shown).join(', ');
}

/** A value as a short word: what callers sent is not repeated beyond recognition's need. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 40 ? 'a longer text' : JSON.stringify(value);
}
