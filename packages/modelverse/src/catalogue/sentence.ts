import type { ErrorObject } from 'ajv';

type Params = Readonly<Record<string, unknown>>;

/** What is wrong, by keyword, as the end of a sentence about the place; the value that came is added by {@link WITH_VALUE}. */
const WORDS: Readonly<Record<string, (params: Params, error: ErrorObject) => string>> = {
  required: () => 'is required',
  dependentRequired: (params) => `is required together with ${params['property']}`,
  additionalProperties: (_, { parentSchema }) => `is not a known field; ${knownFields(parentSchema)}`,
  enum: ({ allowedValues }) => `must be one of ${listed(allowedValues as unknown[])}`,
  const: ({ allowedValue }) => `must be ${shown(allowedValue)}`,
  type: ({ type }) => `must be ${[type].flat().map(String).map(kind).join(' or ')}`,
  not: () => 'must not be given',
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  minLength: ({ limit }) => `must have at least ${counted(limit, 'character')}`,
  maxLength: ({ limit }) => `must have at most ${counted(limit, 'character')}`,
  minItems: ({ limit }) => `must have at least ${counted(limit, 'item')}`,
  maxItems: ({ limit }) => `must have at most ${counted(limit, 'item')}`,
  contains: (params, { parentSchema }) => `must have ${containing(params, parentSchema)}`,
  maxDecodedBytes: (_, { schema }) => `must be at most ${megabytes(Number(schema))} once it is decoded`,
  // Where base64 is wanted in another way the description says in which.
  pattern: (_, { parentSchema }) => `has not the form it needs: ${described(parentSchema)}`,
};

/** Keywords whose sentence ends with what came instead. */
const WITH_VALUE = ['enum', 'const', 'type', 'minimum', 'maximum'];

/** One plain sentence; the schema's `when` tells under which condition the broken rule holds. */
export function sentence(error: ErrorObject): string {
  const { keyword, params, parentSchema, data, propertyName } = error;
  if (propertyName !== undefined) return notTaken(error);
  const words = WORDS[keyword]?.(params, error) ?? error.message ?? 'is not valid';
  const when = parentSchema?.['when'] === undefined ? '' : ` when ${parentSchema['when']}`;
  const got = WITH_VALUE.includes(keyword) ? ` (got ${shown(data)})` : '';
  return `${words.replace(/\.$/, '')}${when}${got}.`;
}

/** For `propertyNames: {enum}`, the fields that a mode takes. */
function notTaken({ params, parentSchema }: ErrorObject): string {
  const { allowedValues = [] } = params as { allowedValues?: string[] };
  const when = parentSchema?.['when'] === undefined ? 'here' : `when ${parentSchema['when']}`;
  return `is not taken ${when}; what is: ${allowedValues.join(', ')}.`;
}

function knownFields(schema: ErrorObject['parentSchema']): string {
  const names = Object.keys(schema?.['properties'] ?? {});
  return names.length > 0 ? `this model takes ${names.join(', ')}` : 'this model takes none';
}

function containing({ minContains, maxContains }: Params, schema: ErrorObject['parentSchema']): string {
  const what = (schema?.['contains'] as { title?: string } | undefined)?.title ?? 'of that kind';
  const most = maxContains === undefined ? '' : `at most ${counted(maxContains, 'item')} ${what}`;
  const least = Number(minContains) > 0 ? `at least ${counted(minContains, 'item')} ${what}` : '';
  return [least, most].filter(Boolean).join(' and ');
}

function described(schema: ErrorObject['parentSchema']): string {
  return String(schema?.['description'] ?? `it must match ${schema?.['pattern']}`);
}

function megabytes(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes} bytes` : `${Math.round((bytes / 1024 ** 2) * 10) / 10} MiB`;
}

function kind(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function counted(count: unknown, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
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
