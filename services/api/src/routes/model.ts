import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Model } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { keyErrors, named } from '../schemas.ts';
import { modelView } from '../views/model.ts';

const schema = {
  operationId: 'getModel',
  tags: ['models'],
  summary: 'Read a model: its schema, its examples, what it costs',
  description: 'The id may stand in the path percent-encoded, or with its slashes as they are.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String({ description: 'Such as `openai/sora-2/text-to-video`.' }) }),
  response: { 200: named<Model>('Model'), ...keyErrors('model_not_found') },
};
const { params: _, ...withoutId } = schema;

/** Ids have slashes, so beside the documented `{id}` (percent-encoded) the rest of the path is taken as one too. */
export const getModel: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'rules'>> = async (app, { rules }) => {
  const read = (id: string): Model => {
    const model = rules.catalogue.find(id);
    if (!model) throw new Refusal('model_not_found');
    return modelView(model);
  };
  app.get('/v1/models/:id', { config: { scope: 'read' }, schema }, async ({ params }) => read(params.id));
  app.get<{ Params: { '*': string } }>(
    '/v1/models/*',
    { config: { scope: 'read' }, schema: { ...withoutId, operationId: 'getModelByPath', hide: true } },
    async ({ params }) => read(params['*']),
  );
};
