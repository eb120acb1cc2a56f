import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ApiDeps } from '../app.ts';

/** Figures of the traffic are for whoever runs Reelay, and the port may stand behind a public balancer: scope admin. */
export const metrics: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'metrics'>> = async (app, { metrics: { read } }) => {
  const options = { config: { scope: 'admin' as const, withoutStore: true }, schema: { hide: true } };
  app.get('/metrics', options, async (_request, reply) => {
    const { text, contentType } = await read();
    reply.type(contentType).serializer((sent: string) => sent);
    return text;
  });
};
