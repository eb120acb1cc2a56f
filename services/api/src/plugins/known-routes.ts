import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { RouteScope } from '../authentication.ts';
import { Refusal } from '../refusal.ts';
import { routeOf } from './route.ts';

/** A route as it was declared. */
export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly scope: RouteScope;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that there is, HEAD beside each GET. */
    declaredRoutes: readonly DeclaredRoute[];
  }
}

interface Known {
  readonly path: RegExp;
  readonly methods: Set<string>;
}

/**
 * Ends a request that fits no route before its body is read: 404 `route_not_found`, or 405 `method_not_allowed` with
 * `Allow` when the path answers other methods. `GET /v1/tasks/submit` is such a 405, although `/v1/tasks/{id}` would take
 * it: a path that is written out comes before one with a parameter. Every route must declare its scope.
 */
export const knownRoutes = fp(async (app: FastifyInstance) => {
  const routes = new Map<string, Known>();
  const declared: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', declared);
  app.addHook('onRoute', ({ url, method, config }) => {
    const scope = config?.scope;
    if (scope === undefined) throw new Error(`The route ${method} ${url} declares no scope in its config`);
    const known = routes.get(url) ?? { path: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) {
      known.methods.add(one);
      declared.push({ method: one, url, scope });
    }
    routes.set(url, known);
  });

  app.addHook('onRequest', (request, _reply, done) => {
    const { url } = routeOf(request);
    if (url !== undefined && !url.includes(':')) return done();
    const path = request.url.split('?', 1)[0] ?? '';
    const written = routes.get(path);
    if (written && !written.methods.has(request.method)) return done(notAllowed([written]));
    if (url !== undefined) return done();
    const others = [...routes.values()].filter((known) => known.path.test(path));
    done(others.length > 0 ? notAllowed(others) : new Refusal('route_not_found'));
  });
});

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.+';
    return part.startsWith(':') ? '[^/]+' : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join('/')}$`);
}

function notAllowed(routes: readonly Known[]): Refusal {
  const methods = new Set(routes.flatMap((known) => [...known.methods]));
  return new Refusal('method_not_allowed', { headers: { allow: [...methods].sort().join(', ') } });
}
