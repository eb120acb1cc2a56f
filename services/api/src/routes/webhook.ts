import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ChangeWebhook, Webhook } from '@reelay/contracts';
import type { ApiDeps } from '../app.ts';
import { foundSelf } from '../find-caller.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { webhookUrlErrors } from '../new-task.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { invalidRequest } from '../refusal.ts';
import { bodyErrors, keyErrors, named } from '../schemas.ts';

const URL = '/v1/webhook';
const about = { tags: ['webhooks'], security: KEY_SECURITY };

const getSchema = {
  ...about,
  operationId: 'getWebhook',
  summary: 'Read your default endpoint',
  response: { 200: named<Webhook>('Webhook'), ...keyErrors() },
};

const putSchema = {
  ...about,
  operationId: 'setWebhook',
  summary: 'Set or clear your default endpoint',
  description: 'One that was disabled because it answered 410 is called again.',
  body: named<ChangeWebhook>('ChangeWebhook'),
  response: { 200: named<Webhook>('Webhook'), ...bodyErrors() },
};

export const webhook: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'callers' | 'rules'>> = async (
  app,
  { callers, rules },
) => {
  const read = { config: { scope: 'read' as const }, schema: getSchema, handlerTimeout: READ_WITHIN_MS };
  app.get(URL, read, async (request) => foundSelf(await callers.endpointOf(callerOf(request))));

  app.put(URL, { config: { scope: 'submit' }, schema: putSchema }, async (request) => {
    const { url } = request.body;
    const errors = webhookUrlErrors(url, rules.addressRules, '/url');
    if (errors.length > 0) throw invalidRequest(errors);
    const caller = callerOf(request);
    foundSelf((await callers.setEndpoint(caller, url)) || undefined);
    return foundSelf(await callers.endpointOf(caller));
  });
};
