import swagger from '@fastify/swagger';
import { VERSION } from '@reelay/contracts';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { BODY_OPTIONAL, complete } from '../openapi/complete.ts';
import { PROBLEM_EXAMPLES } from '../openapi/examples.ts';
import { HEADERS, PARAMETERS } from '../openapi/headers.ts';
import type { Document } from '../openapi/shape.ts';
import { webhooks } from '../openapi/webhooks.ts';
import { NAMED } from '../schemas.ts';

/** `security` of an operation that needs a key: as the upstream documents it, or as Bearer. */
export const KEY_SECURITY = [{ key: [] }, { bearer: [] }];
/** And of one that needs none. */
export const NO_SECURITY: [] = [];

const openapiObject = {
  openapi: '3.1.0',
  info: {
    title: 'Reelay',
    version: VERSION,
    description:
      'A durable relay between your services and an asynchronous video-generation API. Every error answer is a problem (RFC 9457) whose `type` is a page of this api; `/errors` lists them.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'tasks', description: 'Submit video tasks and read them.' },
    { name: 'models', description: 'What can be submitted.' },
    { name: 'webhooks', description: 'Where events go, what became of them, and sending them again.' },
    { name: 'admin', description: 'Callers and their keys.' },
    { name: 'health', description: 'For whoever runs Reelay.' },
  ],
  webhooks: webhooks(),
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The bare key.' },
      bearer: { type: 'http', scheme: 'bearer' },
    },
    headers: HEADERS,
    parameters: PARAMETERS,
    examples: PROBLEM_EXAMPLES,
  },
} as const;

/** Builds the OpenAPI document out of the routes' schemas; a named schema becomes a component of its name. */
export const openapi = fp(async (app: FastifyInstance) => {
  for (const schema of Object.values(NAMED)) app.addSchema(schema);
  await app.register(swagger, {
    openapi: structuredClone(openapiObject) as object,
    // What only the route's config says is handed on to complete.ts.
    transform: ({ schema, url, route }) => ({
      schema: route.config?.bodyOptional ? { ...schema, [BODY_OPTIONAL]: true } : schema,
      url,
    }),
    transformObject: (built) => {
      if (!('openapiObject' in built)) return built.swaggerObject;
      complete(built.openapiObject as Document);
      return built.openapiObject;
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
  });
});
