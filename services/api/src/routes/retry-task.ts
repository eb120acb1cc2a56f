import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { NoFields, Task } from '@reelay/contracts';
import { newTaskId } from '@reelay/tasks';
import { Type } from 'typebox';
import { acceptOnce } from '../accept.ts';
import type { ApiDeps } from '../app.ts';
import { findOwnTask } from '../find-task.ts';
import { idempotencyOf } from '../idempotency.ts';
import { retryable, retryOf } from '../new-task.ts';
import { callerOf, requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { acceptErrors, named, taskHeaders } from '../schemas.ts';
import { taskViews } from '../views/task.ts';

const schema = {
  operationId: 'retryTask',
  tags: ['tasks'],
  summary: 'Make a new task of a final one',
  description:
    'With the same model, input, metadata, webhook, priority, times and policy, judged by the rules of today. It is paid for like any other. Send an Idempotency-Key of its own, so that a repeated retry makes one task.',
  security: KEY_SECURITY,
  params: Type.Object({ id: Type.String({ description: 'The task to be made anew.' }) }),
  headers: taskHeaders,
  body: named<NoFields>('NoFields'),
  response: {
    201: named<Task>('Task'),
    ...acceptErrors('task_not_found', 'not_final', 'input_gone', 'task_erased'),
  },
};

export const retryTask: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'rules' | 'clock' | 'randomBytes'>> = async (
  app,
  { tasks, rules, clock, randomBytes },
) => {
  const options = { config: { scope: 'submit' as const, judgesItsWrite: true, bodyOptional: true }, schema };
  app.post('/v1/tasks/:id/retry', options, async (request, reply) => {
    const { body, headers, params } = request;
    const caller = callerOf(request);
    const { id, replayed } = await acceptOnce(tasks, {
      caller,
      idempotency: idempotencyOf(request.raw, { route: `/v1/tasks/${params.id}/retry`, body }),
      limits: requesterOf(request).limits,
      // The payload can be large, so it is read once it is known whose it is: the time tells nothing of others (P6).
      make: async () => {
        const task = retryable(await findOwnTask(tasks.read, params.id, caller));
        const about = { id: newTaskId(clock.now(), randomBytes), traceparent: headers.traceparent, rules };
        return retryOf(task, await tasks.readPayload(task.id), about);
      },
    });
    if (replayed) reply.header('idempotency-replayed', 'true');
    reply.code(201);
    return viewAccepted(tasks, id);
  });
};

/** What was accepted stays accepted, whatever becomes of this read. */
async function viewAccepted(tasks: ApiDeps['tasks'], id: string) {
  const look = async () => {
    const task = await tasks.read(id);
    return task ? taskViews(tasks, [task]) : [];
  };
  const [view] = await look().catch((cause: unknown) => {
    const detail = `The retry was accepted as ${id}, but Redis did not answer to read it. Ask for it, do not send it again.`;
    throw new Refusal('accept_unknown', { detail, taskId: id, retryable: false, cause });
  });
  if (!view) throw new Refusal('task_not_found');
  return view;
}
