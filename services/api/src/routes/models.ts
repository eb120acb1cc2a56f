import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ModelList } from '@reelay/contracts';
import type { ApiDeps } from '../app.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors, named } from '../schemas.ts';
import { modelSummary } from '../views/model.ts';

const schema = {
  operationId: 'listModels',
  tags: ['models'],
  summary: 'List the models of the catalogue',
  description: 'All of them, by their ids, without their schemas.',
  security: KEY_SECURITY,
  response: { 200: named<ModelList>('ModelList'), ...keyErrors() },
};

export const listModels: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'rules'>> = async (app, { rules }) => {
  const list: ModelList = { data: rules.catalogue.models.map(modelSummary), next_cursor: null };
  app.get('/v1/models', { config: { scope: 'read' }, schema }, async () => list);
};
