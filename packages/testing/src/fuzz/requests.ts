import { between, pick, type Random } from '../faults/seeded-random.ts';
import { hostileJson, hostileText } from './hostile-values.ts';
import { edgesOf, type Place, placesOf, type Schema, type Way } from './places.ts';

/** The parts of an OpenAPI document that requests are made from. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly parameters?: Readonly<Record<string, unknown>>;
  };
}

interface Parameter {
  readonly $ref?: string;
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly schema?: Schema;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly places: readonly Place[]; readonly example: unknown };
}

export interface FuzzRequest {
  /** `post /v1/tasks/submit` */
  readonly operation: string;
  readonly method: string;
  /** With the query; may hold what no URL may. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface FuzzOptions {
  readonly random: Random;
  /** Ids that lead somewhere, by the tag of the operation: tasks, callers, models. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  /** The keys that operations of a tag are called with; `''` for the others. */
  readonly keys: Readonly<Record<string, string>>;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** Requests without end, every operation in turn: mostly valid, with one to three places made wrong. */
export function* fuzzRequests(document: ApiDocument, options: FuzzOptions): Generator<FuzzRequest, never> {
  const operations = operationsOf(document);
  for (let n = 0; ; n++) {
    const operation = operations[n % operations.length];
    if (operation) yield requestOf(operation, options);
  }
}

function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => operationOf(document, { path, method }, item[method])),
  );
}

function operationOf({ components }: ApiDocument, at: { path: string; method: string }, raw: unknown): Operation {
  const resolve = (ref: string) => components.schemas[ref.split('/').at(-1) ?? ''] as Schema;
  const {
    tags = [],
    parameters = [],
    requestBody,
  } = raw as {
    tags?: string[];
    parameters?: Parameter[];
    requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
  };
  const json = requestBody?.content['application/json'];
  return {
    ...at,
    tags,
    parameters: parameters.map((one) =>
      one.$ref ? (components.parameters?.[one.$ref.split('/').at(-1) ?? ''] as Parameter) : one,
    ),
    ...(json && { body: { places: placesOf(json.schema, resolve), example: json.example ?? {} } }),
  };
}

function requestOf(operation: Operation, options: FuzzOptions): FuzzRequest {
  const { random } = options;
  const wrong = new Set(pickSome(random, ['path', 'query', 'header', 'body', 'body', 'body', 'text', 'extra', 'none']));
  const body = operation.body && bodyOf(operation.body, random, wrong);
  const key = options.keys[operation.tags[0] ?? ''] ?? options.keys[''] ?? '';
  const headers = {
    authorization: wrong.has('header') && random() < 0.2 ? headerText(random) : key,
    ...(body && { 'content-type': contentType(random, wrong.has('extra')) }),
    ...headersOf(operation, random, wrong.has('header')),
  };
  return {
    operation: `${operation.method} ${operation.path}`,
    method:
      wrong.has('extra') && random() < 0.1
        ? pick(random, ['PATCH', 'OPTIONS', 'TRACE', 'QUERY'])
        : operation.method.toUpperCase(),
    path: pathOf(operation, options, wrong.has('path')) + queryOf(operation, random, wrong),
    headers,
    ...(body && { body }),
  };
}

function pathOf({ path, tags }: Operation, { random, known }: FuzzOptions, wrong: boolean): string {
  const ids = known[tags[0] ?? ''] ?? [];
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const word = name === 'id' && ids.length > 0 && !wrong ? pick(random, ids) : hostileText(random);
    return random() < 0.9 ? encoded(word) : word.replace(/[^\x21-\xff]/g, '');
  });
}

/** Parameters that the operation knows, valid or not, and ones that it does not. */
function queryOf({ parameters }: Operation, random: Random, wrong: ReadonlySet<string>): string {
  const pairs = parameters
    .filter((one) => one.in === 'query' && random() < 0.5)
    .map(({ name, schema }) => [name, wrong.has('query') ? wrongText(random, schema) : rightText(random, schema)]);
  if (wrong.has('extra')) pairs.push([hostileText(random), hostileText(random)]);
  if (wrong.has('query') && pairs[0] && random() < 0.2) pairs.push(pairs[0]);
  return pairs.length === 0
    ? ''
    : `?${pairs.map(([name = '', value = '']) => `${encoded(name)}=${encoded(value)}`).join('&')}`;
}

function headersOf({ parameters }: Operation, random: Random, wrong: boolean): Record<string, string> {
  const known = parameters.filter((one) => one.in === 'header' && random() < 0.5).map(({ name }) => name);
  const more = wrong
    ? pickSome(random, ['accept', 'accept-encoding', 'if-none-match', 'origin', 'x-forwarded-for', 'range'])
    : [];
  return Object.fromEntries([...known, ...more].map((name) => [name, wrong ? headerText(random) : `f${random()}`]));
}

function contentType(random: Random, wrong: boolean): string {
  if (!wrong) return 'application/json';
  return pick(random, [
    'application/json; charset=utf-16',
    'application/JSON',
    'text/json',
    'application/json;;',
    '*/*',
    'a'.repeat(300),
  ]);
}

/** Bytes of a body: its example with places replaced, then perhaps cut, doubled or no UTF-8. */
function bodyOf(body: NonNullable<Operation['body']>, random: Random, wrong: ReadonlySet<string>): Buffer {
  const raws = new Map<string, string>();
  let value: unknown = structuredClone(body.example);
  for (let n = wrong.has('body') ? between(random, { least: 1, most: 3 }) : 0; n > 0; n--) {
    const { way, schema } = pick(random, body.places);
    const edges = edgesOf(schema);
    const mark = `@raw${raws.size}@`;
    raws.set(mark, edges.length > 0 && random() < 0.5 ? pick(random, edges) : hostileJson(random));
    value = random() < 0.1 ? without(value, way) : placed(value, way, mark);
  }
  if (wrong.has('extra')) value = placed(value, [hostileText(random).slice(0, 60)], 'extra');
  const text = JSON.stringify(value ?? null).replace(/"(@raw\d+@)"/g, (_all, mark: string) => raws.get(mark) ?? '0');
  return wrong.has('text') ? brokenBytes(text, random) : Buffer.from(text);
}

function brokenBytes(text: string, random: Random): Buffer {
  const at = between(random, { least: 0, most: text.length });
  switch (between(random, { least: 0, most: 6 })) {
    case 0:
      return Buffer.from(text.slice(0, at));
    case 1:
      return Buffer.from(`${text.slice(0, at)}\u0000${text.slice(at)}`);
    case 2:
      return Buffer.concat([
        Buffer.from(text.slice(0, at)),
        Buffer.from([0xff, 0xc0, 0x80]),
        Buffer.from(text.slice(at)),
      ]);
    case 3:
      return Buffer.from(text.replace('{', `{"model":1,"model":2,`));
    case 4:
      return Buffer.from(`\ufeff${text}`);
    case 5:
      return Buffer.from(text + text);
    default:
      return Buffer.from(text, 'utf16le');
  }
}

/** A copy of `value` with `mark` at the way; what stands in the way becomes an object. */
function placed(value: unknown, way: Way, mark: string): unknown {
  const [first, ...rest] = way;
  if (first === undefined) return mark;
  if (typeof first === 'number') return [placed(Array.isArray(value) ? value[0] : undefined, rest, mark)];
  const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const member = Object.entries(object).find(([name]) => name === first)?.[1];
  return Object.fromEntries([
    ...Object.entries(object).filter(([name]) => name !== first),
    [first, placed(member, rest, mark)],
  ]);
}

function without(value: unknown, [first]: Way): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== first));
}

function rightText(random: Random, schema: Schema = {}): string {
  if (schema.enum) return String(pick(random, schema.enum));
  if (schema.format === 'date-time') return '2026-03-01T12:00:00Z';
  return schema.minimum === undefined ? 'word' : String(schema.minimum);
}

function wrongText(random: Random, schema: Schema = {}): string {
  const edges = edgesOf(schema);
  return edges.length > 0 && random() < 0.5 ? pick(random, edges).replaceAll('"', '') : hostileText(random);
}

/** Header values as bytes that HTTP can carry; what it cannot is for raw-requests.ts. */
function headerText(random: Random): string {
  return Buffer.from(hostileText(random))
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 8_000);
}

/** encodeURIComponent refuses lone surrogates; they go as the bytes they would be. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function pickSome(random: Random, items: readonly string[]): string[] {
  return Array.from({ length: between(random, { least: 1, most: 3 }) }, () => pick(random, items));
}
