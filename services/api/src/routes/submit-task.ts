import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { SubmitAnswer, SubmitRequest } from '@reelay/contracts';
import { type AcceptOutcome, type Idempotency, newTaskId } from '@reelay/tasks';
import { Type } from 'typebox';
import type { ApiDeps } from '../app.ts';
import { idempotencyOf } from '../idempotency.ts';
import { newTaskOf } from '../new-task.ts';
import { callerOf, requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { Refusal } from '../refusal.ts';
import { bodyErrors, named } from '../schemas.ts';

const URL = '/v1/tasks/submit';

const schema = {
  operationId: 'submitTask',
  tags: ['tasks'],
  summary: 'Submit a video task',
  description: "The upstream's own call, made durable: once answered with 200, the task reaches a final state.",
  security: KEY_SECURITY,
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({ description: '1 to 255 printable ASCII characters. The same key and body give the same task.' }),
    ),
    traceparent: Type.Optional(
      Type.String({ description: 'W3C trace context; sent on to the upstream and with the webhooks.' }),
    ),
  }),
  body: named<SubmitRequest>('SubmitRequest'),
  response: {
    200: named<SubmitAnswer>('SubmitAnswer'),
    ...bodyErrors('bad_idempotency_key', 'model_unknown', 'idempotency_key_reused', 'queue_full', 'accept_unknown'),
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
    const idempotency = idempotencyOf(headers['idempotency-key'], { route: URL, body });
    const outcome =
      (idempotency && (await heldOutcome(tasks, { caller, idempotency }))) ??
      (await tasks.accept(
        newTaskOf(body, { id: newTaskId(clock.now(), randomBytes), caller, traceparent: headers.traceparent, rules }),
        { idempotency, mostQueued: requesterOf(request).limits.queued_tasks },
      ));
    if (outcome.kind === 'replayed') reply.header('idempotency-replayed', 'true');
    return { output: { task_id: acceptedId(outcome) }, request_id: request.id };
  });
};

/**
 * What the key stands for already, before the body is judged: a replay gives the same answer even if the rules changed.
 * Undefined when it is free so far; two at once are judged by create's script.
 */
async function heldOutcome(
  tasks: ApiDeps['tasks'],
  { caller, idempotency }: { caller: string; idempotency: Idempotency },
): Promise<AcceptOutcome | undefined> {
  const holder = await tasks.holderOf({ caller, key: idempotency.key });
  if (!holder) return undefined;
  return holder.request === idempotency.request ? { kind: 'replayed', id: holder.task } : { kind: 'reused' };
}

/** The id of an accepted task. Throws a Refusal that says truthfully what became of the others (P7). */
function acceptedId(outcome: AcceptOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
    case 'replayed':
      return outcome.id;
    case 'reused':
      throw new Refusal('idempotency_key_reused');
    case 'queue_full':
      throw new Refusal('queue_full', {
        detail: `${outcome.queued} tasks of this caller are queued.`,
        headers: { 'retry-after': '5' },
      });
    case 'unavailable':
      throw new Refusal('unavailable');
    case 'unknown':
      throw new Refusal('accept_unknown', { taskId: outcome.id });
  }
}
