import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type Requester, type RouteScope, requireScope } from '../authentication.ts';
import { Refusal } from '../refusal.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; known-routes.ts refuses a route without it. */
    scope?: RouteScope;
    /** It judges the outcome of its write itself: a Redis error that reaches the error handler came before the write. */
    judgesItsWrite?: boolean;
    /** An empty body is taken as `{}`. */
    bodyOptional?: boolean;
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

/** The caller whose own things a route is about. Throws a Refusal `forbidden` for a key that belongs to none. */
export function callerOf(request: FastifyRequest): string {
  const { caller } = requesterOf(request);
  if (caller !== undefined) return caller;
  const detail = 'REELAY_ADMIN_KEY belongs to no caller, and this is about a caller’s own things; use one of its keys.';
  throw new Refusal('forbidden', { detail });
}

/** Who sent the request of a route that is not public. */
export function requesterOf(request: FastifyRequest): Requester {
  if (request.requester === null) throw new Error('a public route asked who sent the request');
  return request.requester;
}
