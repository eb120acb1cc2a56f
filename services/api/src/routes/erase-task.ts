import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Task } from '@reelay/contracts';
import { isFinalTask } from '@reelay/tasks';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { findOwnTask } from '../find-task.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { keyErrors, named } from '../schemas.ts';
import { taskView } from '../views/task.ts';

const schema = {
  operationId: 'eraseTask',
  tags: ['tasks'],
  summary: 'Erase the content of a final task',
  description:
    'Input, urls, metadata, address, timeline, the text of the error and what receivers answered are gone for good. Its ids, state, code and times stay until its retention ends. Erasing again gives the same answer.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String({ description: 'As submit gave it.' }) }),
  response: {
    200: named<Task>('Task'),
    ...keyErrors('task_not_found', 'not_final', 'not_delivered', 'change_unknown'),
  },
};

export const eraseTask: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks'>> = async (app, { tasks }) => {
  app.delete('/v1/tasks/:id', { config: { scope: 'submit' }, schema }, async (request) => {
    const find = () => findOwnTask(tasks.read, request.params.id, callerOf(request));
    const task = await find();
    if (!isFinalTask(task)) throw new Refusal('not_final', { detail: 'Only a final task can be erased.' });
    const word = await tasks.erase(task);
    if (word === 'pending') throw new Refusal('not_delivered');
    return taskView(await find()); // a 404 when its retention ended just now
  });
};
