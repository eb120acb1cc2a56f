import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { StatusAnswer } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { findTask } from '../find-task.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors, named } from '../schemas.ts';
import { statusView } from '../views/status.ts';

const schema = {
  operationId: 'getTaskStatus',
  tags: ['tasks'],
  summary: "Read a task in the upstream's words",
  security: KEY_SECURITY,
  querystring: Type.Object({ task_id: Type.String({ description: 'As submit gave it.' }) }),
  response: { 200: named<StatusAnswer>('StatusAnswer'), ...keyErrors('task_not_found', 'invalid_request') },
};

export const getTaskStatus: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks'>> = async (app, { tasks }) => {
  app.get(
    '/v1/tasks/status',
    { config: { scope: 'read' }, schema, handlerTimeout: READ_WITHIN_MS },
    async (request) => {
      const task = await findTask(tasks.read, request.query.task_id, requesterOf(request));
      return statusView(task, request.id);
    },
  );
};
