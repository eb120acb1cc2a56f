import document from '../../../packages/contracts/openapi.json' with { type: 'json' };

/** The committed document: openapi-generated.integration.test.ts holds it to what the api serves. */
export { document };

// biome-ignore lint/suspicious/noExplicitAny: the document is walked as a stranger would.
export type Json = any;

interface Media {
  readonly schema?: Json;
  readonly example?: unknown;
  readonly examples?: object;
}

export interface Operation {
  /** `get /v1/tasks/{id}`, or the name of a webhook. */
  readonly name: string;
  readonly operationId?: string;
  readonly tags?: string[];
  readonly summary?: string;
  readonly security?: object[];
  readonly parameters?: Json[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, Media> };
  readonly responses: Record<string, { description: string; headers?: object; content?: Record<string, Media> }>;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

export const operations = operationsIn(document.paths);
export const webhooks = operationsIn(document.webhooks);

function operationsIn(items: Record<string, Json>): Operation[] {
  return Object.entries(items).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ name: `${method} ${path}`, ...item[method] }] : [])),
  );
}

/** Every object of a document, with the way to it. */
export function objectsIn(value: Json, way = ''): [way: string, object: Json][] {
  if (typeof value !== 'object' || value === null) return [];
  return [[way, value], ...Object.entries(value).flatMap(([key, member]) => objectsIn(member, `${way}/${key}`))];
}
