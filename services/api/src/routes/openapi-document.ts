import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

export const openapiDocument: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/openapi.json', { config: { scope: 'public' }, schema: { hide: true } }, async () => app.swagger());
};
