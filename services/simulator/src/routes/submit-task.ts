import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readKey } from '../api-key.ts';
import { hangUp, reset, waitWhileConnected } from '../connection.ts';
import type { Counts } from '../counts.ts';
import { missingKey, paramError, type UpstreamError } from '../errors.ts';
import type { Ledger, SubmitEntry } from '../ledger.ts';
import type { AskedScenarios, SubmitAnswer } from '../scenarios.ts';
import { sendError } from '../send-error.ts';
import { readSubmitBody, type SubmitBody } from '../submit-body.ts';
import { encodeTaskId, RANDOM_BYTES } from '../task-id.ts';

const STALL_MS = 5 * 60_000;
const NO_BODY = Buffer.alloc(0);
/** As large as Reelay's largest MAX_BODY, and room for what a client adds. */
const MOST_BODY_BYTES = 36 * 1024 ** 2;

export interface SubmitTaskOptions {
  clock: { now(): number };
  ledger: Ledger;
  /** The next task's duration in milliseconds. */
  drawDuration: () => number;
  /** How often a body was refused, for scenarios that refuse it a few times. */
  refused: Counts;
}

type Decision =
  | { kind: 'refused'; error: UpstreamError }
  | { kind: 'created'; taskId: string; answer: SubmitAnswer; afterMs: number };

/** `POST /v1/tasks/submit`: creates a task, answers `{output: {task_id}, request_id}`. */
export async function submitTask(app: FastifyInstance, options: SubmitTaskOptions): Promise<void> {
  app.post<{ Body: Buffer | undefined }>('/v1/tasks/submit', { bodyLimit: MOST_BODY_BYTES }, async (request, reply) => {
    const raw = request.body ?? NO_BODY;
    const body = readSubmitBody(raw);
    const entry = record(options, { request, raw, body });
    const decision = decide(options, { body, entry });
    if (decision.kind === 'refused') {
      entry.answered = decision.error.status;
      return sendError(reply, decision.error);
    }
    entry.task_id = decision.taskId;
    if (decision.afterMs > 0 && (await waitWhileConnected(request, decision.afterMs)) === 'gone') return reply.hijack();
    return send(decision, { request, reply, entry });
  });
}

function record(
  { ledger, clock }: SubmitTaskOptions,
  { request, raw, body }: { request: FastifyRequest; raw: Buffer; body: SubmitBody },
): SubmitEntry {
  const key = readKey(request.headers.authorization);
  return ledger.submit({
    at_ms: clock.now(),
    authorization_scheme: key.scheme,
    authorization_sha: key.scheme === 'none' ? undefined : key.sha,
    body_sha: hash('sha256', raw),
    model: body.model,
    marker: body.marker,
    body: body.kind === 'good' || body.isJson ? raw : undefined,
  });
}

function decide(options: SubmitTaskOptions, { body, entry }: { body: SubmitBody; entry: SubmitEntry }): Decision {
  if (entry.authorization_scheme === 'none') return { kind: 'refused', error: missingKey };
  if (body.kind === 'bad') return { kind: 'refused', error: paramError(body.problem) };
  const { asked } = body;
  for (const { word, error, times } of asked.refusals) {
    if (options.refused.before(`${word} ${entry.body_sha}`) < times) return { kind: 'refused', error };
  }
  return { kind: 'created', taskId: createTask(asked, options), answer: asked.answer, afterMs: asked.answerAfterMs };
}

function createTask(asked: AskedScenarios, { clock, drawDuration }: SubmitTaskOptions): string {
  const durationMs = (asked.takesMs ?? drawDuration()) * asked.slowdown;
  const facts = { submittedAt: clock.now(), durationMs, statusBits: asked.statusBits };
  return encodeTaskId(facts, randomBytes(RANDOM_BYTES));
}

async function send(
  { taskId, answer }: { taskId: string; answer: SubmitAnswer },
  { request, reply, entry }: { request: FastifyRequest; reply: FastifyReply; entry: SubmitEntry },
): Promise<unknown> {
  switch (answer) {
    case 'task-id':
      entry.answered = 200;
      return { output: { task_id: taskId }, request_id: randomUUID() };
    case 'no-id':
      entry.answered = 200;
      return { output: {}, request_id: randomUUID() };
    case 'bad-json':
      entry.answered = 200;
      return reply.type('application/json').send('{"output":{"task_id":"sim_');
    case 'drop':
      entry.answered = 'dropped';
      return hangUp(request, reply);
    case 'reset':
      entry.answered = 'reset';
      return reset(request, reply);
    case 'stall':
      entry.answered = 'stalled';
      await waitWhileConnected(request, STALL_MS);
      return hangUp(request, reply);
    default:
      return answer satisfies never;
  }
}
