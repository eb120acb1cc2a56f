import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Caller, ChangeCaller } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { callerId, foundCaller } from '../find-caller.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { webhookUrlErrors } from '../new-task.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { invalidRequest } from '../refusal.ts';
import { bodyErrors, keyErrors, named } from '../schemas.ts';

const URL = '/v1/admin/callers/:id';
const params = Type.Object({ id: Type.String() });
const about = { tags: ['admin'], security: KEY_SECURITY, params };

const getSchema = {
  ...about,
  operationId: 'getCaller',
  summary: 'Read a caller and its keys',
  response: { 200: named<Caller>('Caller'), ...keyErrors('caller_not_found') },
};

const changeSchema = {
  ...about,
  operationId: 'changeCaller',
  summary: 'Change a caller',
  body: named<ChangeCaller>('ChangeCaller'),
  response: { 200: named<Caller>('Caller'), ...bodyErrors('caller_not_found') },
};

const deleteSchema = {
  ...about,
  operationId: 'deleteCaller',
  summary: 'Delete a caller',
  description: 'Its keys die within 5 seconds. Its secret stays until its last task is final and delivered.',
  response: { 204: Type.Null({ description: 'Deleted.' }), ...keyErrors('caller_not_found', 'change_unknown') },
};

export const callerRoute: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'callers' | 'rules'>> = async (
  app,
  { callers, rules },
) => {
  const read = { config: { scope: 'admin' as const }, schema: getSchema, handlerTimeout: READ_WITHIN_MS };
  app.get(URL, read, async ({ params }) => foundCaller(await callers.get(callerId(params.id))));

  app.patch(URL, { config: { scope: 'admin' }, schema: changeSchema }, async ({ params, body }) => {
    const errors = webhookUrlErrors(body.webhook_url, rules.addressRules);
    if (errors.length > 0) throw invalidRequest(errors);
    return foundCaller(await callers.change(callerId(params.id), body));
  });

  app.delete(URL, { config: { scope: 'admin' }, schema: deleteSchema }, async ({ params }, reply) => {
    foundCaller((await callers.remove(callerId(params.id))) || undefined);
    reply.code(204);
    return null;
  });
};
