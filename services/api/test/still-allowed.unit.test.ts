import type { Identity } from '@reelay/callers';
import Fastify, { type FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { createAuthentication } from '../src/authentication.ts';
import { createFailedKeys } from '../src/failed-keys.ts';
import { access } from '../src/plugins/access.ts';

const READER: Identity = { caller: 'acme', kid: 'k', scopes: ['read'], limits: {}, expiresAt: undefined };

/** A request that was let in by the key of READER and goes on; `key.is` is who the key belongs to by now. */
async function setup() {
  const key: { is: Identity | undefined } = { is: READER };
  const failedKeys = createFailedKeys({ monotonicMs: () => 0 });
  const identities = { identify: async () => key.is, recent: () => undefined, knows: () => false };
  const authentication = createAuthentication({ adminKey: undefined, identities, failedKeys });
  const app = Fastify();
  await app.register(access, { isStoreOpen: () => true, authentication });
  const requests: FastifyRequest[] = [];
  app.get('/', { config: { scope: 'read' } }, async (request) => {
    requests.push(request);
    return {};
  });
  await app.inject({ url: '/', headers: { authorization: 'rk_k_s' } });
  const [request] = requests;
  if (!request) throw new Error('the request was not let in');
  return { key, request, failedKeys };
}

test('a request that goes on is allowed while its key is', async () => {
  const { key, request } = await setup();
  expect(await request.isStillAllowed()).toBe(true);
  key.is = { ...READER, scopes: ['read', 'submit'] };
  expect(await request.isStillAllowed()).toBe(true);
});

test.each([
  ['is revoked', undefined],
  ['loses the scope', { ...READER, scopes: ['submit'] as const }],
])('and no longer when its key %s', async (_what, identity) => {
  const { key, request } = await setup();
  key.is = identity;
  expect(await request.isStillAllowed()).toBe(false);
});

test('hundreds of them with one revoked key are not hundreds of wrong keys', async () => {
  const { key, request, failedKeys } = await setup();
  key.is = undefined;
  for (let n = 0; n < 500; n++) expect(await request.isStillAllowed()).toBe(false);
  expect(failedKeys.heldForMs(request.ip)).toBe(0);
});
