import type { Static } from 'typebox';
import type { ModelFile } from './model-file.ts';

type Json = Readonly<Record<string, unknown>>;

const HALVES = ['/properties/input', '/properties/parameters'] as const;

/** Mistakes that compiling does not find: each one a sentence with its place in the file. */
export function schemaMistakes(file: Static<typeof ModelFile>): readonly string[] {
  const open = [...HALVES, ''].filter((at) => !isClosedObject(memberAt(file.schema, at)));
  // Both halves must be closed objects, or a mistyped field would be paid for and ignored upstream.
  if (open.length > 0)
    return open.map((at) => `/schema${at}: must have "type": "object" and "additionalProperties": false`);
  return [...HALVES.flatMap((at) => unknownNames(file.schema, at)), ...unknownTaskIdParameter(file)];
}

/** Names that a half's rules speak of and its `properties` do not have: such a rule would never hold. */
function unknownNames(schema: Json, half: (typeof HALVES)[number]): readonly string[] {
  const [, , name = ''] = half.split('/');
  const known = Object.keys((memberAt(schema, `${half}/properties`) as Json | undefined) ?? {});
  const spoken = new Set([...namesIn(memberAt(schema, half)), ...rulesOn(schema, name).flatMap(namesIn)]);
  return [...spoken]
    .filter((one) => !known.includes(one))
    .map((one) => `/schema${half}: a rule names ${one}, which is not one of its properties (${known.join(', ')})`);
}

/** The schemas that rules at the top (`allOf`, `if` …) put on a half. */
function rulesOn(schema: unknown, half: string): readonly unknown[] {
  return branches(schema).flatMap((branch) => {
    const own = memberAt(branch, `/properties/${half}`);
    return [...(own === undefined ? [] : [own]), ...rulesOn(branch, half)];
  });
}

/** The members that a schema of an object speaks of, its conditional rules included. */
function namesIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { required, properties, dependentRequired, propertyNames } = schema as Record<string, Json | undefined>;
  const allowed = propertyNames?.['enum'];
  return [
    ...(Array.isArray(required) ? required.map(String) : []),
    ...Object.keys(properties ?? {}),
    ...Object.entries(dependentRequired ?? {}).flatMap(([name, others]) => [name, ...(others as string[])]),
    ...(Array.isArray(allowed) ? allowed.map(String) : []),
    ...branches(schema).flatMap(namesIn),
  ];
}

function branches(schema: unknown): readonly unknown[] {
  const { allOf, anyOf, oneOf, if: condition, then, else: otherwise, not } = (schema ?? {}) as Json;
  return [allOf, anyOf, oneOf, condition, then, otherwise, not].flat().filter((one) => typeof one === 'object');
}

function unknownTaskIdParameter({ task_id_parameter, schema }: Static<typeof ModelFile>): readonly string[] {
  if (task_id_parameter === undefined) return [];
  const parameters = memberAt(schema, '/properties/parameters/properties') as Json | undefined;
  if (Object.hasOwn(parameters ?? {}, task_id_parameter)) return [];
  return [`/task_id_parameter: ${task_id_parameter} is not a property of /schema/properties/parameters`];
}

function isClosedObject(schema: unknown): boolean {
  const { type, additionalProperties } = (schema ?? {}) as Json;
  return type === 'object' && additionalProperties === false;
}

function memberAt(schema: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce<unknown>((value, name) => (value as Json | undefined)?.[name], schema);
}
