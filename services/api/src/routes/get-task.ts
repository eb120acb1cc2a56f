import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Task } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { findTask } from '../find-task.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors, named } from '../schemas.ts';
import { taskViews } from '../views/task.ts';

const schema = {
  operationId: 'getTask',
  tags: ['tasks'],
  summary: 'Read a task',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String() }),
  response: { 200: named<Task>('Task'), ...keyErrors('task_not_found') },
};

export const getTask: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks'>> = async (app, { tasks }) => {
  app.get('/v1/tasks/:id', { config: { scope: 'read' }, schema, handlerTimeout: READ_WITHIN_MS }, async (request) => {
    const task = await findTask(tasks.read, request.params.id, requesterOf(request));
    const [view] = await taskViews(tasks, [task]);
    return view;
  });
};
