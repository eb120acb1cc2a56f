/** A JSON Schema as far as it is followed here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export type Way = readonly (string | number)[];

/** A place in a body that a schema knows, and what stands there. */
export interface Place {
  readonly way: Way;
  readonly schema: Schema;
}

const DEEPEST = 5;

/** Every place of a schema, the body itself included. `resolve` follows a $ref. */
export function placesOf(schema: Schema, resolve: (ref: string) => Schema, way: Way = []): Place[] {
  const here = schema.$ref === undefined ? schema : resolve(schema.$ref);
  if (way.length > DEEPEST) return [];
  const members = Object.entries(here.properties ?? {}).flatMap(([name, member]) =>
    placesOf(member, resolve, [...way, name]),
  );
  const items = here.items ? placesOf(here.items, resolve, [...way, 0]) : [];
  const choices = (here.anyOf ?? []).flatMap((choice) => placesOf(choice, resolve, way));
  return [{ way, schema: here }, ...members, ...items, ...choices];
}

/** JSON texts that stand just outside, or just inside, of what a schema allows. */
export function edgesOf({ enum: words, format, ...limits }: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = limits;
  const edges: string[] = [];
  if (words)
    edges.push(JSON.stringify(String(words[0]).toUpperCase()), '""', ...words.map((one) => JSON.stringify(one)));
  if (format === 'date-time') edges.push('"2026-03-01T12:00:00Z"', '"2026-03-01T12:00:00"', '"Sun, 01 Mar 2026"');
  if (minimum !== undefined) edges.push(`${minimum}`, `${minimum - 1}`, `${minimum}.5`, `"${minimum}"`);
  if (maximum !== undefined) edges.push(`${maximum}`, `${maximum + 1}`);
  if (minLength !== undefined) edges.push(JSON.stringify('m'.repeat(Math.max(0, minLength - 1))));
  if (maxLength !== undefined) edges.push(...[0, 1].map((more) => JSON.stringify('M'.repeat(maxLength + more))));
  if (minItems !== undefined) edges.push('[]');
  if (maxItems !== undefined) edges.push(JSON.stringify(Array(maxItems + 1).fill('x')));
  return edges;
}
