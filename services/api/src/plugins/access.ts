import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type Requester, type RouteScope, requireScope } from '../authentication.ts';
import { Refusal } from '../refusal.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; known-routes.ts refuses a route without it. */
    scope?: RouteScope;
  }
  interface FastifyRequest {
    /** Null on public routes only: there nobody is asked for a key. */
    requester: Requester | null;
  }
}

interface AccessOptions {
  /** False while Redis does not answer or was not yet judged safe: then nothing is asked of it. */
  isStoreOpen(): boolean;
  /** Throws a Refusal `unauthorized`. */
  authenticate(header: string | undefined): Promise<Requester>;
}

/** Who may do what: every route that is not public needs a key with the route's scope. Judged before the body is read. */
export const access = fp<AccessOptions>(async (app: FastifyInstance, { isStoreOpen, authenticate }) => {
  app.decorateRequest('requester', null);
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === 'public' || scope === undefined) return;
    if (!isStoreOpen())
      throw new Refusal('unavailable', { detail: 'Redis does not answer; nothing was accepted or read.' });
    request.requester = await authenticate(request.headers.authorization);
    requireScope(request.requester, scope);
  });
});

/** Who sent the request of a route that is not public. */
export function requesterOf(request: FastifyRequest): Requester {
  if (request.requester === null) throw new Error('a public route asked who sent the request');
  return request.requester;
}
