import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { WebhookDeliveryList } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { findTask } from '../find-task.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors, named } from '../schemas.ts';
import { deliveryView } from '../views/delivery.ts';

const schema = {
  operationId: 'listDeliveries',
  tags: ['webhooks'],
  summary: "List a task's events and the attempts to deliver them",
  description: 'In the order of the events; one page holds all of them.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String() }),
  response: { 200: named<WebhookDeliveryList>('WebhookDeliveryList'), ...keyErrors('task_not_found') },
};

export const taskDeliveries: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'deliveries'>> = async (
  app,
  { tasks, deliveries },
) => {
  const options = { config: { scope: 'read' as const }, schema, handlerTimeout: READ_WITHIN_MS };
  app.get('/v1/tasks/:id/deliveries', options, async (request) => {
    const { id } = await findTask(tasks.read, request.params.id, requesterOf(request));
    const all = await deliveries.list(id);
    return { data: all.map((delivery) => deliveryView(id, delivery)), next_cursor: null };
  });
};
