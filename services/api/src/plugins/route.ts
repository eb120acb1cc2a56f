import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyRequest {
    /** For {@link routeOf}. */
    seenRoute: FastifyRequest['routeOptions'] | null;
  }
}

/** So that every request has room for it from its beginning. */
export const route = fp(async (app: FastifyInstance) => {
  app.decorateRequest('seenRoute', null);
});

/** `request.routeOptions`, which Fastify makes anew at every look: half a dozen looks were a fiftieth of an accept. */
export function routeOf(request: FastifyRequest): FastifyRequest['routeOptions'] {
  request.seenRoute ??= request.routeOptions;
  return request.seenRoute;
}
