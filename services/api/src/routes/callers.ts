import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CallerPosition } from '@reelay/callers';
import type { Caller, CreateCaller, NewCaller } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { webhookUrlErrors } from '../new-task.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { invalidRequest, Refusal } from '../refusal.ts';
import { bodyErrors, keyErrors, named } from '../schemas.ts';

const URL = '/v1/admin/callers';
/** What a cursor of this list is bound to: it has no filters. */
const LIST = { list: 'callers' };

const createSchema = {
  operationId: 'createCaller',
  tags: ['admin'],
  summary: 'Make a caller',
  description: 'The answer holds its webhook secret, which is shown this once.',
  security: KEY_SECURITY,
  body: named<CreateCaller>('CreateCaller'),
  response: { 201: named<NewCaller>('NewCaller'), ...bodyErrors('caller_exists') },
};

const listSchema = {
  operationId: 'listCallers',
  tags: ['admin'],
  summary: 'List the callers',
  security: KEY_SECURITY,
  querystring: Type.Object({
    cursor: Type.Optional(Type.String({ description: '`next_cursor` of the page before.' })),
  }),
  response: {
    200: named<{ data: Caller[]; next_cursor: string | null }>('CallerList'),
    ...keyErrors('invalid_request'),
  },
};

export const callerRoutes: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'callers' | 'rules' | 'cursors'>> = async (
  app,
  { callers, rules, cursors },
) => {
  app.post(URL, { config: { scope: 'admin' }, schema: createSchema }, async ({ body }, reply) => {
    const errors = webhookUrlErrors(body.webhook_url, rules.addressRules);
    if (errors.length > 0) throw invalidRequest(errors);
    const caller = await callers.create(body);
    if (!caller) throw new Refusal('caller_exists');
    reply.code(201);
    return caller;
  });

  const list = { config: { scope: 'admin' as const }, schema: listSchema, handlerTimeout: READ_WITHIN_MS };
  app.get(URL, list, async ({ query }) => {
    const page = await callers.list(cursors.open<CallerPosition>(query.cursor, LIST));
    return { data: page.callers, next_cursor: page.next === undefined ? null : cursors.seal(page.next, LIST) };
  });
};
