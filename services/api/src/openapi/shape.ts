/** The parts of an OpenAPI document that are looked at here; the rest is passed on as it is. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { examples: Record<string, unknown>; schemas: Record<string, Schema> };
}

interface Schema {
  $ref?: string;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

export interface Operation {
  operationId?: string;
  'x-body-optional'?: boolean;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Content; required?: boolean };
  responses: Record<string, Response>;
}

export type Parameter = { in: string; name: string } | { $ref: string };

interface Response {
  headers?: Record<string, object>;
  content?: Content;
}

export type Content = Record<string, { schema?: { $ref?: string }; example?: unknown; examples?: object }>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** Every operation of a document, in its order. */
export function operationsOf({ paths }: Pick<Document, 'paths'>): Operation[] {
  return Object.values(paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []));
}
