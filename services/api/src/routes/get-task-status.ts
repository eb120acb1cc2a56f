import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { isFinal, type StatusAnswer } from '@reelay/contracts';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { holdWhileOpen } from '../events/hold-while-open.ts';
import { findTask } from '../find-task.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { keyErrors, named } from '../schemas.ts';
import { statusView } from '../views/status.ts';

const LONGEST_WAIT_S = 60;

const schema = {
  operationId: 'getTaskStatus',
  tags: ['tasks'],
  summary: "Read a task in the upstream's words",
  security: KEY_SECURITY,
  querystring: Type.Object({
    task_id: Type.String({ description: 'As submit gave it.' }),
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LONGEST_WAIT_S,
        description: 'Seconds for which the answer is held back until the task has ended; default: 0.',
      }),
    ),
  }),
  response: { 200: named<StatusAnswer>('StatusAnswer'), ...keyErrors('task_not_found', 'invalid_request') },
};

// Each of the reads at the two ends of a wait has its own time limit, which is that of a Redis command.
const handlerTimeout = LONGEST_WAIT_S * 1_000 + 2 * READ_WITHIN_MS;

export const getTaskStatus: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'events'>> = async (
  app,
  { tasks, events },
) => {
  app.get('/v1/tasks/status', { config: { scope: 'read' }, schema, handlerTimeout }, async (request, reply) => {
    const { task_id: id, wait = 0 } = request.query;
    const find = () => findTask(tasks.read, id, requesterOf(request));
    const task = await find();
    if (wait === 0 || isFinal(task.status)) return statusView(task, request.id);
    await holdWhileOpen({ request, reply }, { task: id, forMs: wait * 1_000, events, read: tasks.read });
    return statusView(await find(), request.id);
  });
};
