/** Whether money was spent upstream: `unknown` is never told as `no`. */
export type Billed = 'no' | 'yes' | 'unknown';

interface ErrorKind {
  /** The HTTP status of an answer with this code; absent for codes that only end a task. */
  readonly http?: number;
  readonly title: string;
  /** May the same request, or a new task with the same input, succeed later without a change? */
  readonly retryable: boolean;
  readonly billed: Billed;
  /** What to do about it, for the one who reads it at night. */
  readonly action: string;
  /** The word of the upstream's own error vocabulary, for clients written for it. */
  readonly upstreamType: string;
}

function answer(http: number, title: string, action: string, more: Partial<ErrorKind> = {}) {
  return {
    http,
    title,
    action,
    retryable: false,
    billed: 'no',
    upstreamType: 'invalid_request_error',
    ...more,
  } as const;
}

function ending(title: string, action: string, more: Partial<ErrorKind> = {}) {
  return { title, action, retryable: false, billed: 'no', upstreamType: 'task_error', ...more } as const;
}

const busy = { retryable: true, upstreamType: 'server_error' } as const;

/**
 * Every code that an answer, a task's `error` or a webhook can carry. The HTTP status, the retry decision, the billed
 * word and the docs come from here and nowhere else.
 */
export const ERRORS = {
  bad_json: answer(400, 'The body is not JSON', 'Send one JSON object, encoded as UTF-8.'),
  bad_request: answer(400, 'The request could not be read', 'Check the request line, the headers and the body length.'),
  bad_idempotency_key: answer(
    400,
    'The Idempotency-Key cannot be used',
    'Send 1 to 255 printable ASCII characters, bare or in double quotes.',
  ),
  unauthorized: answer(
    401,
    'No valid key',
    'Send `Authorization: <key>` or `Authorization: Bearer <key>` with a live Reelay key.',
    { upstreamType: 'auth_error' },
  ),
  forbidden: answer(403, 'The key may not do this', 'Use a key that has the scope named in the detail.', {
    upstreamType: 'permission_error',
  }),
  route_not_found: answer(404, 'No such route', 'See /openapi.json for the routes.'),
  task_not_found: answer(
    404,
    'No such task',
    'Check the id, and that the key belongs to the caller that made the task.',
  ),
  caller_not_found: answer(404, 'No such caller', 'List the callers with GET /v1/admin/callers.'),
  key_not_found: answer(404, 'No such key', 'GET /v1/admin/callers/{id} lists the live keys of a caller.'),
  method_not_allowed: answer(405, 'The route does not answer this method', 'Use a method that the Allow header names.'),
  caller_exists: answer(409, 'The caller exists already', 'Choose another id, or change this one with PATCH.'),
  caller_busy: answer(
    409,
    'The caller still has open tasks',
    'Its keys are dead; delete it again when its last task is final and delivered.',
    { retryable: true },
  ),
  already_submitted: answer(
    409,
    'The task was already sent upstream',
    'The upstream has no cancel: wait for its end.',
    { billed: 'unknown' },
  ),
  already_final: answer(
    409,
    'The task has ended',
    'There is nothing to cancel; read how it ended with GET /v1/tasks/{id}.',
  ),
  not_delivered: answer(
    409,
    'An event of the task is still to be delivered',
    'Erase it when GET /v1/tasks/{id}/deliveries shows no pending delivery.',
    { retryable: true },
  ),
  input_gone: answer(
    410,
    'The input of the task is no longer kept',
    'Submit it anew with its input; PAYLOAD_RETENTION says how long a large one is kept.',
  ),
  task_erased: answer(
    410,
    'The content of the task was erased',
    'Submit a new task; what was erased is not kept anywhere.',
  ),
  rotation_in_progress: answer(
    409,
    'The last rotation of the secret is not over',
    'Both secrets sign until then; send `{"force":true}` to end the old one at once.',
  ),
  no_endpoint: answer(
    409,
    'There is no address to send to',
    'Set a default endpoint with PUT /v1/webhook; one that answered 410 has to be set again.',
  ),
  not_final: answer(409, 'The task is not final', 'Wait for its end. To send an earlier event again, name it.'),
  event_not_happened: answer(
    409,
    'The task has no such event',
    'GET /v1/tasks/{id}/deliveries lists what can be sent again; events not asked for at submission are not kept.',
  ),
  body_too_large: answer(413, 'The body is too large', 'Send less, or raise MAX_BODY.'),
  unsupported_media_type: answer(415, 'The content type is not JSON', 'Send `Content-Type: application/json`.'),
  invalid_request: answer(422, 'The request is not valid', 'Correct the fields named in `errors`.'),
  model_unknown: answer(
    422,
    'The model is not in the catalogue',
    'Use a model of the catalogue, or set UNKNOWN_MODELS=pass.',
  ),
  idempotency_key_reused: answer(
    422,
    'The Idempotency-Key was used with another body',
    'Use a new key for a new request.',
  ),
  rate_limited: answer(429, 'Too many requests', 'Wait for Retry-After.', {
    retryable: true,
    upstreamType: 'rate_limit_error',
  }),
  queue_full: answer(
    429,
    'The caller has as many queued tasks as it may have',
    'Nothing was accepted. Submit again when some of them were sent upstream; an operator sets limits.queued_tasks.',
    { retryable: true, upstreamType: 'rate_limit_error' },
  ),
  internal_error: answer(
    500,
    'A fault in Reelay',
    'Give the request_id to whoever runs Reelay; its log has the cause.',
    busy,
  ),
  unavailable: answer(
    503,
    'Not accepted: the store is not available',
    'Nothing was accepted. Send the request again after Retry-After.',
    busy,
  ),
  accept_unknown: answer(
    503,
    'Not known whether the task was accepted',
    'Ask for the task_id of this answer, or send again with the same Idempotency-Key.',
    { ...busy, billed: 'unknown' },
  ),
  overloaded: answer(
    503,
    'Reelay is overloaded',
    'Nothing was accepted. Send the request again after Retry-After.',
    busy,
  ),

  submit_unknown: ending(
    'Not known whether the upstream took the task',
    'Look for it in the upstream console before paying again; a retry makes a new task.',
    { retryable: true, billed: 'unknown' },
  ),
  upstream_auth: ending('The upstream refused our key', 'The operator checks MODELVERSE_API_KEY and MODELVERSE_AUTH.', {
    retryable: true,
  }),
  upstream_quota: ending(
    'The upstream account has no quota left',
    'The operator raises the quota upstream, then retry.',
    { retryable: true },
  ),
  upstream_misconfigured: ending(
    'The upstream address does not take tasks',
    'The operator checks MODELVERSE_BASE_URL.',
    { retryable: true },
  ),
  upstream_refused: ending('The upstream refused the request', 'Correct the input by the message.'),
  content_refused: ending('The upstream refused the content', 'Change the prompt or the media.'),
  model_unavailable: ending('The upstream no longer serves this model', 'Use another model.'),
  generation_failed: ending('The upstream failed to generate', 'Read the message; a retry makes a new, paid task.', {
    retryable: true,
    billed: 'unknown',
  }),
  result_missing: ending('The upstream says Success and gave no url', 'Look for the video in the upstream console.', {
    billed: 'yes',
  }),
  upstream_task_lost: ending(
    'The upstream no longer knows the task',
    'Look for it in the upstream console; a retry makes a new, paid task.',
    { retryable: true, billed: 'unknown' },
  ),
  upstream_expired: ending('The upstream let the task expire', 'Retry it.', { retryable: true, billed: 'unknown' }),
  upstream_canceled: ending('The task was canceled upstream', 'Retry it if that was not meant.', {
    retryable: true,
    billed: 'unknown',
  }),
  start_deadline: ending(
    'It was not sent before start_within',
    'Retry it, with a longer start_within if the upstream is busy.',
    { retryable: true },
  ),
  finish_deadline: ending(
    'It did not end before finish_within',
    'Look for it in the upstream console; a retry makes a new, paid task.',
    { retryable: true, billed: 'unknown' },
  ),
  canceled_by_caller: ending('The caller canceled it', 'Nothing.'),
  poison_task: ending(
    'It ended its worker five times',
    'Give the task id to whoever runs Reelay; their logs have the cause.',
  ),
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
