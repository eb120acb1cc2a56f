import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readKey } from '../api-key.ts';
import { hangUp } from '../connection.ts';
import type { Counts } from '../counts.ts';
import {
  badGateway,
  internalError,
  missingKey,
  paramError,
  rateLimited,
  taskNotExist,
  type UpstreamError,
} from '../errors.ts';
import type { Ledger, StatusEntry } from '../ledger.ts';
import { stateAt } from '../lifecycle.ts';
import { carries } from '../scenarios.ts';
import { sendError } from '../send-error.ts';
import { decodeTaskId, type TaskFacts } from '../task-id.ts';

export interface TaskStatusOptions {
  clock: { now(): number };
  ledger: Ledger;
  /** How often a task's status was asked, for scenarios that disturb every second answer. */
  asked: Counts;
  /** The base of result URLs; undefined: the host that the client asked. */
  publicUrl: string | undefined;
}

type Decision =
  | { kind: 'error'; error: UpstreamError }
  | { kind: 'bad-json' }
  | { kind: 'hang-up' }
  | { kind: 'state'; taskId: string; task: TaskFacts };

const FLAKES: readonly Decision[] = [
  { kind: 'error', error: internalError },
  { kind: 'error', error: badGateway },
  { kind: 'bad-json' },
  { kind: 'hang-up' },
];

/** `GET /v1/tasks/status?task_id=`: the task at this moment, in ModelVerse's words. */
export async function taskStatus(app: FastifyInstance, options: TaskStatusOptions): Promise<void> {
  app.get<{ Querystring: { task_id?: string | string[] } }>('/v1/tasks/status', (request, reply) => {
    const taskId = typeof request.query.task_id === 'string' ? request.query.task_id : undefined;
    const key = readKey(request.headers.authorization);
    const entry = options.ledger.status({
      at_ms: options.clock.now(),
      authorization_scheme: key.scheme,
      authorization_sha: key.scheme === 'none' ? undefined : key.sha,
      task_id: taskId?.slice(0, 200),
    });
    const decision: Decision =
      key.scheme === 'none' ? { kind: 'error', error: missingKey } : decide(taskId, options.asked);
    send(decision, { request, reply, entry, options });
  });
}

function decide(taskId: string | undefined, asked: Counts): Decision {
  if (!taskId) return { kind: 'error', error: paramError('The query parameter task_id is required.') };
  const task = decodeTaskId(taskId);
  if (!task || carries(task.statusBits, 'forget')) return { kind: 'error', error: taskNotExist };
  return disturbance(task, () => asked.before(taskId)) ?? { kind: 'state', taskId, task };
}

/** What a scenario answers instead of the state: the 1st, 3rd, 5th … time, so that no client is kept out for ever. */
function disturbance({ statusBits }: TaskFacts, askedBefore: () => number): Decision | undefined {
  const limited = carries(statusBits, '429-status');
  const flaky = carries(statusBits, 'flaky');
  if (!limited && !flaky) return undefined;
  const before = askedBefore();
  if (before % 2 === 1) return undefined;
  return limited ? { kind: 'error', error: rateLimited } : FLAKES[(before / 2) % FLAKES.length];
}

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  entry: StatusEntry;
  options: TaskStatusOptions;
}

function send(decision: Decision, { request, reply, entry, options }: Exchange): FastifyReply {
  switch (decision.kind) {
    case 'error':
      entry.answered = decision.error.status;
      return sendError(reply, decision.error);
    case 'bad-json':
      entry.answered = 200;
      return reply.type('application/json').send('{"output":{"task_id":"sim_');
    case 'hang-up':
      entry.answered = 'dropped';
      return hangUp(request, reply);
    case 'state': {
      entry.answered = 200;
      const base = options.publicUrl ?? `${request.protocol}://${request.host}`;
      return reply.send(statusBody(decision, { now: options.clock.now(), base }));
    }
  }
}

/** The documented answer: times in unix seconds, `urls` only on success, `request_id` empty. */
function statusBody(
  { taskId, task }: { taskId: string; task: TaskFacts },
  { now, base }: { now: number; base: string },
) {
  const state = stateAt(task, now);
  const submit_time = Math.floor(task.submittedAt / 1000);
  if (!state.final) return { output: { task_id: taskId, task_status: state.word, submit_time }, request_id: '' };
  const { end } = state;
  const result =
    end.word === 'Success'
      ? end.hasUrls && { urls: [`${base}/_sim/videos/${taskId}.mp4`] }
      : { error_message: end.errorMessage };
  const finish_time = Math.floor(state.finishedAt / 1000);
  return {
    output: { task_id: taskId, task_status: end.word, ...result, submit_time, finish_time },
    usage: { duration: Math.ceil(task.durationMs / 1000) },
    request_id: '',
  };
}
