import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { NoFields, Task } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { findOwnTask } from '../find-task.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { bodyErrors, named } from '../schemas.ts';
import { taskView } from '../views/task.ts';

const schema = {
  operationId: 'cancelTask',
  tags: ['tasks'],
  summary: 'Cancel a queued task',
  description:
    'At no cost while nothing was sent; afterwards it is too late, as the upstream has no cancel. Asking again gives the same answer.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String({ description: 'As submit gave it.' }) }),
  body: named<NoFields>('NoFields'),
  response: { 200: named<Task>('Task'), ...bodyErrors('task_not_found', 'already_submitted', 'already_final') },
};

const NOT_KNOWN =
  'Redis did not confirm the cancel: it may still be made, or not. Send it again after Retry-After; that is safe.';
const NOT_CANCELED = 'Redis refused the cancel, so the task goes on. Send it again after Retry-After.';

export const cancelTask: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks'>> = async (app, { tasks }) => {
  const options = { config: { scope: 'submit' as const, bodyOptional: true }, schema };
  app.post('/v1/tasks/:id/cancel', options, async (request) => {
    const outcome = await tasks.cancel(await findOwnTask(tasks.read, request.params.id, callerOf(request)));
    switch (outcome.kind) {
      case 'canceled':
        return taskView(outcome.task);
      case 'already_final':
      case 'already_submitted':
        throw new Refusal(outcome.kind);
      case 'missing':
        throw new Refusal('task_not_found');
      case 'unavailable':
        throw new Refusal('unavailable', { detail: NOT_CANCELED });
      case 'unknown':
        throw new Refusal('change_unknown', { detail: NOT_KNOWN });
    }
  });
};
