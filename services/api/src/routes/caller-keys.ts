import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CreateKey, NewKey } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { callerId } from '../find-caller.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { bodyErrors, keyErrors, named } from '../schemas.ts';

const createSchema = {
  operationId: 'createKey',
  tags: ['admin'],
  summary: 'Make a key of a caller',
  description:
    'The answer holds the key, which is shown this once. A caller has at most 100 live keys, so that they rotate.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String() }),
  body: named<CreateKey>('CreateKey'),
  response: { 201: named<NewKey>('NewKey'), ...bodyErrors('caller_not_found', 'too_many_keys') },
};

const deleteSchema = {
  operationId: 'deleteKey',
  tags: ['admin'],
  summary: 'Revoke a key',
  description: 'It stops to work within 5 seconds.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String(), kid: Type.String() }),
  response: { 204: Type.Null({ description: 'Revoked.' }), ...keyErrors('caller_not_found', 'key_not_found') },
};

export const callerKeys: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'keys'>> = async (app, { keys }) => {
  const create = { config: { scope: 'admin' as const }, schema: createSchema };
  app.post('/v1/admin/callers/:id/keys', create, async ({ params, body }, reply) => {
    const key = await keys.create(callerId(params.id), body);
    if (key === 'missing') throw new Refusal('caller_not_found');
    if (key === 'full') throw new Refusal('too_many_keys');
    reply.code(201);
    return key;
  });

  const remove = { config: { scope: 'admin' as const }, schema: deleteSchema };
  app.delete('/v1/admin/callers/:id/keys/:kid', remove, async ({ params }, reply) => {
    const removed = await keys.remove(callerId(params.id), params.kid);
    if (!removed) throw new Refusal('key_not_found');
    reply.code(204);
    return null;
  });
};
