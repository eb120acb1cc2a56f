import { answer, type ErrorKind } from './error-kind.ts';
import { TASK_ERRORS } from './task-errors.ts';

const busy = { retryable: true, upstreamType: 'server_error' } as const;
const later = { retryable: true } as const;

/**
 * Every code that an answer, a task's `error` or a webhook can carry. The HTTP status, the retry decision, the billed
 * word, the page of a code and docs/errors.md come from here (task-errors.ts for those that end a task) and nowhere else.
 */
export const ERRORS = {
  bad_json: answer(400, 'The body is not JSON', {
    cause: 'The body is empty, cut off, not UTF-8, or holds a member named __proto__ or constructor.prototype.',
    action: 'Send one JSON object, encoded as UTF-8.',
  }),
  bad_request: answer(400, 'The request could not be read', {
    cause:
      'The HTTP itself is broken, the headers are over 16 KiB, the body did not arrive in time, or a cursor was changed.',
    action: 'Check the request line, the headers and the body length.',
  }),
  bad_idempotency_key: answer(400, 'The Idempotency-Key cannot be used', {
    cause: 'It is empty, longer than 255 characters, given twice, or not printable ASCII.',
    action: 'Send 1 to 255 printable ASCII characters, bare or in double quotes.',
  }),
  unauthorized: answer(401, 'No valid key', {
    cause: 'There is no Authorization header, or its key is unknown, revoked or expired.',
    action: 'Send `Authorization: <key>` or `Authorization: Bearer <key>` with a live Reelay key.',
    upstreamType: 'auth_error',
  }),
  forbidden: answer(403, 'The key may not do this', {
    cause: 'The key is valid and lacks the scope of the route, or belongs to no caller.',
    action: 'Use a key that has the scope named in the detail.',
    upstreamType: 'permission_error',
  }),
  route_not_found: answer(404, 'No such route', {
    cause: 'No route of Reelay has this path; a path has no slash at its end.',
    action: 'See /openapi.json for the routes.',
  }),
  task_not_found: answer(404, 'No such task', {
    cause: 'No task of this caller has the id: it never existed, its retention is over, or it is of another caller.',
    action: 'Check the id, and that the key belongs to the caller that made the task.',
  }),
  model_not_found: answer(404, 'No such model', {
    cause: 'The catalogue of this Reelay has no model of that name.',
    action: 'GET /v1/models lists the models; the slashes of a name may stand in the path as they are, or as %2F.',
  }),
  caller_not_found: answer(404, 'No such caller', {
    cause: 'No caller has the id, or it was deleted.',
    action: 'List the callers with GET /v1/admin/callers.',
  }),
  key_not_found: answer(404, 'No such key', {
    cause: 'The caller has no live key with this kid.',
    action: 'GET /v1/admin/callers/{id} lists the live keys of a caller.',
  }),
  method_not_allowed: answer(405, 'The route does not answer this method', {
    cause: 'The path is right and the method is not.',
    action: 'Use a method that the Allow header names.',
  }),
  caller_exists: answer(409, 'The caller exists already', {
    cause:
      'A caller with this id was made before. That of a deleted one is kept until its last task is past its retention.',
    action: 'Choose another id, or change this one with PATCH if GET shows it.',
  }),
  too_many_keys: answer(409, 'The caller has as many keys as it may have', {
    cause: 'A caller has at most 100 live keys.',
    action: 'Revoke those that nobody uses: GET /v1/admin/callers/{id} lists them.',
  }),
  already_submitted: answer(409, 'The task was already sent upstream', {
    cause: 'A cancel came after a worker had begun to send the task.',
    action: 'The upstream has no cancel: wait for its end.',
    billed: 'unknown',
  }),
  already_final: answer(409, 'The task has ended', {
    cause: 'A final state never changes.',
    action: 'There is nothing to cancel; read how it ended with GET /v1/tasks/{id}.',
  }),
  not_delivered: answer(409, 'An event of the task is still to be delivered', {
    cause: 'What is erased can no longer be delivered, so an erasure waits for the webhooks.',
    action: 'Erase it when GET /v1/tasks/{id}/deliveries shows no pending delivery.',
    ...later,
  }),
  not_final: answer(409, 'The task is not final', {
    cause: 'The request is about how the task ended, and it has not ended yet.',
    action: 'Wait for its end. A redelivery may name an event that has happened already.',
    ...later,
  }),
  rotation_in_progress: answer(409, 'The last rotation of the secret is not over', {
    cause: 'A secret was made less than 24 h ago, and the one before it still signs beside it.',
    action: 'Both secrets sign until then; send `{"force":true}` to end the old one at once.',
    ...later,
  }),
  no_endpoint: answer(409, 'There is no address to send to', {
    cause: 'The task named no webhook_url and the caller has no default endpoint, or it was disabled by a 410.',
    action: 'Set a default endpoint with PUT /v1/webhook; one that answered 410 has to be set again.',
  }),
  event_not_happened: answer(409, 'The task has no such event', {
    cause: 'The task did not go through that state, or the event was not asked for at submission.',
    action:
      'GET /v1/tasks/{id}/deliveries lists what can be sent again; events not asked for at submission are not kept.',
  }),
  input_gone: answer(410, 'The input of the task is no longer kept', {
    cause: 'An input over 16 KiB goes some time after the end of its task.',
    action: 'Submit it anew with its input; PAYLOAD_RETENTION says how long a large one is kept.',
  }),
  task_erased: answer(410, 'The content of the task was erased', {
    cause: 'Somebody deleted it: prompt, input, result and timeline are gone.',
    action: 'Submit a new task; what was erased is not kept anywhere.',
  }),
  body_too_large: answer(413, 'The body is too large', {
    cause: 'The body is longer than MAX_BODY of the api.',
    action: 'Send less, or raise MAX_BODY.',
  }),
  unsupported_media_type: answer(415, 'The content type is not JSON', {
    cause: 'A request with a body has another Content-Type than application/json, or none.',
    action: 'Send `Content-Type: application/json`.',
  }),
  invalid_request: answer(422, 'The request is not valid', {
    cause: 'It was read, and fields or parameters of it are not as their schema says.',
    action: 'Correct the fields named in `errors`.',
  }),
  model_unknown: answer(422, 'The model is not in the catalogue', {
    cause: 'The body names a model that this Reelay does not know, and UNKNOWN_MODELS is reject.',
    action: 'Use a model of the catalogue, or set UNKNOWN_MODELS=pass.',
  }),
  model_retired: answer(422, 'The model is retired', {
    cause: 'The catalogue still lists the model, and says that the upstream no longer serves it.',
    action: 'Use another model: GET /v1/models lists those that are available.',
  }),
  idempotency_key_reused: answer(422, 'The Idempotency-Key was used with another body', {
    cause: 'This caller sent another request under the same key within its life.',
    action: 'Use a new key for a new request.',
  }),
  rate_limited: answer(429, 'Too many requests', {
    cause: 'The caller, or the address of many failed keys, sent more than it may in this time. Nothing was done.',
    action: 'Wait for Retry-After.',
    ...later,
    upstreamType: 'rate_limit_error',
  }),
  queue_full: answer(429, 'The caller has as many queued tasks as it may have', {
    cause: 'Its limits.queued_tasks is reached: tasks come faster than they are sent upstream.',
    action:
      'Nothing was accepted. Submit again when some of them were sent upstream; an operator sets limits.queued_tasks.',
    ...later,
    upstreamType: 'rate_limit_error',
  }),
  internal_error: answer(500, 'A fault in Reelay', {
    cause: 'Reelay met something that nobody thought of.',
    action: 'Give the request_id to whoever runs Reelay; its log has the cause.',
    ...busy,
  }),
  unavailable: answer(503, 'Not accepted: the store is not available', {
    cause: 'Redis does not answer, or is full. Nothing was accepted.',
    action: 'Nothing was accepted. Send the request again after Retry-After.',
    ...busy,
  }),
  accept_unknown: answer(503, 'Not known whether the task was accepted', {
    cause: 'The task was sent to Redis, the reply was lost, and a look for its id got no answer in time either.',
    action: 'Ask for the task_id of this answer, or send again with the same Idempotency-Key.',
    ...busy,
    billed: 'unknown',
    unknownOutcome: true,
  }),
  change_unknown: answer(503, 'Not known whether the change was made', {
    cause: 'The change was sent to Redis and the reply was lost.',
    action: 'Look whether it was made, when Redis answers again, before you send it once more.',
    upstreamType: 'server_error',
  }),
  overloaded: answer(503, 'Reelay is overloaded', {
    cause: 'The process is more than two seconds late with what it has to do.',
    action: 'Nothing was accepted. Send the request again after Retry-After.',
    ...busy,
  }),
  ...TASK_ERRORS,
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;
type CodeWith<H> = {
  [C in ErrorCode]: (typeof ERRORS)[C] extends { http: number }
    ? H extends true
      ? C
      : never
    : H extends true
      ? never
      : C;
}[ErrorCode];
/** Codes of HTTP answers. */
export type AnswerCode = CodeWith<true>;
/** Codes that end a task. */
export type TaskErrorCode = CodeWith<false>;

/** True for a word that is one of the codes that end a task (for decoding what was stored). */
export function isTaskErrorCode(word: string): word is TaskErrorCode {
  return Object.hasOwn(ERRORS, word) && !('http' in ERRORS[word as ErrorCode]);
}
