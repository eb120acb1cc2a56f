import type { Scope } from '@reelay/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import {
  type Authentication,
  type Credentials,
  hasScope,
  type Requester,
  type RouteScope,
  requireScope,
} from '../authentication.ts';
import { valuesOf } from '../field-lines.ts';
import { isRedisTrouble } from '../redis-trouble.ts';
import { Refusal } from '../refusal.ts';
import { routeOf } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; known-routes.ts refuses a route without it. */
    scope?: RouteScope;
    /** It judges the outcome of its write itself: a Redis error that reaches the error handler came before the write. */
    judgesItsWrite?: boolean;
    /** An empty body is taken as `{}`. */
    bodyOptional?: boolean;
    /** It asks nothing of Redis, so it answers also while Redis is away, and under any load. */
    withoutStore?: boolean;
  }
  interface FastifyRequest {
    /** Null on public routes only: there nobody is asked for a key. */
    requester: Requester | null;
    /**
     * Whether the key of a request that goes on for long still has what its route needs. To be asked every few seconds by
     * whoever keeps a stream open; usually answered out of memory. Throws what Redis throws.
     */
    isStillAllowed(): Promise<boolean>;
  }
}

interface AccessOptions {
  /** False while Redis does not answer or was not yet judged safe: then nothing is asked of it. */
  isStoreOpen(): boolean;
  readonly authentication: Authentication;
}

/** Who may do what: every route that is not public needs a key with the route's scope. Judged before the body is read. */
export const access = fp<AccessOptions>(async (app: FastifyInstance, { isStoreOpen, authentication }) => {
  app.decorateRequest('requester', null);
  app.addHook('onRequest', (request, reply, done) => {
    const { scope, withoutStore } = routeOf(request).config;
    if (scope === 'public' || scope === undefined) return done();
    reply.header('cache-control', 'no-store');
    if (!(isStoreOpen() || withoutStore)) return done(storeIsAway());
    const admitted = authentication.admit(credentialsOf(request));
    if (admitted instanceof Promise) {
      admitted
        .then((requester) => enter(request, { requester, scope }))
        .then(
          () => done(),
          (error) => done(isRedisTrouble(error) ? storeIsAway(error) : error),
        );
    } else {
      enter(request, { requester: admitted, scope });
      done();
    }
  });

  app.decorateRequest('isStillAllowed', async function isStillAllowed(this: FastifyRequest) {
    const { scope } = routeOf(this).config;
    if (scope === 'public' || scope === undefined) return true;
    const requester = await authentication.recognise(credentialsOf(this));
    return requester !== undefined && hasScope(requester, scope);
  });
});

/** Throws a Refusal `forbidden`. */
function enter(request: FastifyRequest, { requester, scope }: { requester: Requester; scope: Scope }): void {
  request.requester = requester;
  requireScope(requester, scope);
}

/** 503 for a request of which nothing was done yet. */
export function storeIsAway(cause?: unknown): Refusal {
  return new Refusal('unavailable', { detail: 'Redis does not answer; nothing was accepted or read.', cause });
}

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

function credentialsOf(request: FastifyRequest): Credentials {
  return {
    authorization: valuesOf(request.raw, 'authorization'),
    address: () => request.ip ?? '',
  };
}
