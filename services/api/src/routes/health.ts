import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ApiDeps } from '../app.ts';
import { NO_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { named, publicErrors } from '../schemas.ts';

type Health = { status: string };

const livezSchema = {
  operationId: 'livez',
  tags: ['health'],
  summary: 'Is the process alive',
  security: NO_SECURITY,
  response: { 200: named<Health>('Health'), ...publicErrors() },
};

const readyzSchema = {
  operationId: 'readyz',
  tags: ['health'],
  summary: 'Can it take tasks: does Redis answer within a second',
  security: NO_SECURITY,
  response: { 200: named<Health>('Health'), ...publicErrors('unavailable') },
};

/** Ready says nothing about workers: tasks are accepted, and kept, without any. */
export const health: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'store'>> = async (app, { store }) => {
  app.get('/livez', { config: { scope: 'public' }, schema: livezSchema }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'alive' };
  });

  app.get('/readyz', { config: { scope: 'public' }, schema: readyzSchema }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!(store.isOpen() && (await store.answers()))) {
      throw new Refusal('unavailable', { detail: 'Redis does not answer.' });
    }
    return { status: 'ready' };
  });
};
