import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type EventType, isFinal, type Redeliver, type WebhookDelivery } from '@reelay/contracts';
import type { TaskRecord } from '@reelay/tasks';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { findOwnTask } from '../find-task.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { bodyErrors, named } from '../schemas.ts';
import { deliveryView } from '../views/delivery.ts';

const schema = {
  operationId: 'redeliver',
  tags: ['webhooks'],
  summary: 'Send an event of a task again',
  description:
    'Begins a new round with the full schedule, whatever became of the last one. The webhook-id and the body stay the same.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String() }),
  body: named<Redeliver>('Redeliver'),
  response: {
    202: named<WebhookDelivery>('WebhookDelivery'),
    ...bodyErrors('task_not_found', 'not_final', 'event_not_happened', 'no_endpoint', 'task_erased'),
  },
};

export const redeliver: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'deliveries'>> = async (
  app,
  { tasks, deliveries },
) => {
  const options = { config: { scope: 'submit' as const, bodyOptional: true }, schema };
  app.post('/v1/tasks/:id/redeliver', options, async (request, reply) => {
    const task = await findOwnTask(tasks.read, request.params.id, callerOf(request));
    const event = request.body.event ?? finalEventOf(task);
    const word = await deliveries.redeliver(task.id, event);
    if (word === 'erased') throw new Refusal('task_erased');
    if (word === 'nowhere') throw new Refusal('no_endpoint');
    const delivery = word === 'ok' && (await deliveries.list(task.id)).find((one) => one.event === event);
    if (!delivery) throw new Refusal('event_not_happened');
    reply.code(202);
    return deliveryView(task.id, delivery);
  });
};

function finalEventOf({ status }: TaskRecord): EventType {
  if (!isFinal(status)) throw new Refusal('not_final');
  return `task.${status}`;
}
