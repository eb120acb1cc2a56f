import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { SubmitAnswer, SubmitRequest } from '@reelay/contracts';
import { newTaskId } from '@reelay/tasks';
import { acceptOnce } from '../accept.ts';
import type { ApiDeps } from '../app.ts';
import { idempotencyOf } from '../idempotency.ts';
import { newTaskOf } from '../new-task.ts';
import { callerOf, requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { acceptErrors, named, taskHeaders } from '../schemas.ts';

const URL = '/v1/tasks/submit';

const schema = {
  operationId: 'submitTask',
  tags: ['tasks'],
  summary: 'Submit a video task',
  description: "The upstream's own call, made durable: once answered with 200, the task reaches a final state.",
  security: KEY_SECURITY,
  headers: taskHeaders,
  body: named<SubmitRequest>('SubmitRequest'),
  response: {
    200: named<SubmitAnswer>('SubmitAnswer'),
    ...acceptErrors(),
  },
};

/** [1] of a task's way: judge the request, then [2] have the store accept it. */
export const submitTask: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'rules' | 'clock' | 'randomBytes'>> = async (
  app,
  { tasks, rules, clock, randomBytes },
) => {
  app.post(URL, { config: { scope: 'submit', judgesItsWrite: true }, schema }, async (request, reply) => {
    const { body, headers } = request;
    const caller = callerOf(request);
    const { id, replayed } = await acceptOnce(tasks, {
      caller,
      idempotency: idempotencyOf(request.raw, { route: URL, body }),
      limits: requesterOf(request).limits,
      make: () =>
        newTaskOf(body, { id: newTaskId(clock.now(), randomBytes), caller, traceparent: headers.traceparent, rules }),
    });
    if (replayed) reply.header('idempotency-replayed', 'true');
    return { output: { task_id: id }, request_id: request.id };
  });
};
