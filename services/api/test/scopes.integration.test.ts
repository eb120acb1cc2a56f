import { SCOPES, type Scope } from '@reelay/contracts';
import { redisForTests } from '@reelay/testing';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { type DeclaredRoute, knownRoutes } from '../src/plugins/known-routes.ts';
import { ADMIN_KEY, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

/** What the design says of a key, told once more: `admin` reads everything, and nothing else is implied. */
const MAY: Record<string, readonly Scope[]> = {
  'no key': [],
  'a wrong key': [],
  'a key with read': ['read'],
  'a key with submit': ['submit'],
  'a key with admin': ['read', 'admin'],
  "the operator's key": ['read', 'admin'],
};

async function keysByName(store: Parameters<typeof makeCaller>[0]): Promise<Record<string, string | undefined>> {
  const made = SCOPES.map(async (scope) => [`a key with ${scope}`, await makeCaller(store, `has-${scope}`, [scope])]);
  return {
    'a wrong key': 'rk_wrong_key',
    "the operator's key": ADMIN_KEY,
    ...Object.fromEntries(await Promise.all(made)),
  };
}

/** `allowed` is any answer of the route itself; one that streams is not waited for. */
async function judge(url: string, { method, url: path }: DeclaredRoute, key: string | undefined): Promise<string> {
  const hasBody = /^(POST|PUT|PATCH)$/.test(method);
  const response = await fetch(`${url}${path.replaceAll(/:\w+/g, 'nobody')}`, {
    method,
    headers: { ...(key && { authorization: key }), ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: '{}' }),
    signal: AbortSignal.timeout(5_000),
  });
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  if (!isProblem) await response.body?.cancel();
  const { code, detail } = isProblem
    ? ((await response.json()) as { code: string; detail: string })
    : { code: '', detail: '' };
  if (code === 'unauthorized') return '401';
  return code === 'forbidden' && detail.startsWith('This needs') ? '403' : 'allowed';
}

test('every route lets in the keys with its scope, and no other', async () => {
  const { app, url, store } = await startApi(redis.url);
  const keys = await keysByName(store);
  const routes = app.declaredRoutes.filter(({ method }) => method !== 'HEAD');
  expect(routes.length).toBeGreaterThan(20);
  for (const route of routes) {
    for (const [who, scopes] of Object.entries(MAY)) {
      const isKnown = scopes.length > 0;
      const isAllowed = route.scope === 'public' || scopes.includes(route.scope);
      const expected = isAllowed ? 'allowed' : isKnown ? '403' : '401';
      const answer = await judge(url, route, keys[who]);
      expect(`${who}, ${route.method} ${route.url}: ${answer}`).toBe(
        `${who}, ${route.method} ${route.url}: ${expected}`,
      );
    }
  }
});

test('only these routes ask for no key', async () => {
  const { app } = await startApi(redis.url);
  const open = app.declaredRoutes.filter(({ method, scope }) => method === 'GET' && scope === 'public');
  const paths = open.map(({ url }) => url);
  const known = [
    '/errors',
    '/errors/:page',
    '/livez',
    '/openapi.json',
    '/readyz',
    '/reference',
    '/reference/scalar.js',
  ];
  expect(paths.filter((path) => !known.includes(path))).toEqual([]);
});

test('GET asks for read, whatever changes something for submit, and what stands under /v1/admin for admin', async () => {
  const { app } = await startApi(redis.url);
  for (const { method, url, scope } of app.declaredRoutes.filter((route) => route.scope !== 'public')) {
    const reads = method === 'GET' || method === 'HEAD';
    const expected = url.startsWith('/v1/admin/') || url === '/metrics' ? 'admin' : reads ? 'read' : 'submit';
    expect(`${method} ${url}: ${scope}`).toBe(`${method} ${url}: ${expected}`);
  }
});

test('a route that declares no scope stops the process from starting', async () => {
  const app = Fastify();
  await app.register(knownRoutes);
  expect(() => app.get('/v1/secrets', async () => 'all of them')).toThrow('GET /v1/secrets declares no scope');
});
