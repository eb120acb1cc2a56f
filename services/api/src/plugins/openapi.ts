import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { NAMED } from '../schemas.ts';

/** `security` of an operation that needs a key: as the upstream documents it, or as Bearer. */
export const KEY_SECURITY = [{ key: [] }, { bearer: [] }];
/** And of one that needs none. */
export const NO_SECURITY: [] = [];

/** Builds the OpenAPI document out of the routes' schemas; a named schema becomes a component of its name. */
export const openapi = fp(async (app: FastifyInstance) => {
  for (const schema of Object.values(NAMED)) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Reelay',
        version: '1.0.0',
        description: 'A durable relay between your services and an asynchronous video-generation API.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'tasks', description: 'Submit video tasks and read them.' },
        { name: 'webhooks', description: 'Where events go, what became of them, and sending them again.' },
        { name: 'admin', description: 'Callers and their keys.' },
        { name: 'health', description: 'For whoever runs Reelay.' },
      ],
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The bare key.' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
  });
});
