import { ending } from './error-kind.ts';

/** The codes that end a task: the second half of the error catalogue. */
export const TASK_ERRORS = {
  submit_unknown: ending('Not known whether the upstream took the task', {
    cause:
      'The request to generate it had begun to leave, and no answer that can be read came back: a time-out, a cut connection, a 5xx, or the end of the worker that sent it.',
    action: 'Look for it in the upstream console before paying again; a retry makes a new task.',
    retryable: true,
    billed: 'unknown',
    unknownOutcome: true,
  }),
  upstream_auth: ending('The upstream refused our key', {
    cause: 'The key that Reelay has for the upstream is wrong, revoked, or sent in the wrong form.',
    action: 'The operator checks MODELVERSE_API_KEY and MODELVERSE_AUTH; then retry.',
    retryable: true,
  }),
  upstream_quota: ending('The upstream account has no quota left', {
    cause: 'The upstream answered 403 for the account that Reelay uses.',
    action: 'The operator raises the quota upstream, then retry.',
    retryable: true,
  }),
  upstream_misconfigured: ending('The upstream address does not take tasks', {
    cause: 'What answers at MODELVERSE_BASE_URL redirects, or does not know the route.',
    action: 'The operator checks MODELVERSE_BASE_URL; then retry.',
    retryable: true,
  }),
  upstream_refused: ending('The upstream refused the request', {
    cause: 'The upstream found the model, the input or the parameters wrong. Nothing was generated.',
    action: 'Correct the input by the message.',
  }),
  content_refused: ending('The upstream refused the content', {
    cause: "The prompt or the media did not pass the upstream's content check.",
    action: 'Change the prompt or the media.',
  }),
  model_unavailable: ending('The upstream no longer serves this model', {
    cause: 'The model was withdrawn, or the account has no access to it.',
    action: 'Use another model.',
  }),
  generation_failed: ending('The upstream failed to generate', {
    cause: 'The upstream took the task and ended it with Failure; the message is its own.',
    action: 'Read the message; a retry makes a new, paid task.',
    retryable: true,
    billed: 'unknown',
  }),
  result_missing: ending('The upstream says Success and gave no url', {
    cause: 'The task ended well upstream, and its status named no video however often it was asked.',
    action: 'Look for the video in the upstream console.',
    billed: 'yes',
  }),
  upstream_task_lost: ending('The upstream no longer knows the task', {
    cause: 'The upstream had given an id, and answered three times in a row that there is no such task.',
    action: 'Look for it in the upstream console; a retry makes a new, paid task.',
    retryable: true,
    billed: 'unknown',
    unknownOutcome: true,
  }),
  upstream_expired: ending('The upstream let the task expire', {
    cause: 'It stood in the queue of the upstream for longer than the upstream allows.',
    action: 'Retry it.',
    retryable: true,
    billed: 'unknown',
  }),
  upstream_canceled: ending('The task was canceled upstream', {
    cause: 'Somebody canceled it with the account of the upstream; Reelay cannot.',
    action: 'Retry it if that was not meant.',
    retryable: true,
    billed: 'unknown',
  }),
  start_deadline: ending('It was not sent before start_within', {
    cause: 'The upstream had no room, or no worker ran, until the deadline. Nothing was sent.',
    action: 'Retry it, with a longer start_within if the upstream is busy.',
    retryable: true,
  }),
  finish_deadline: ending('It did not end before finish_within', {
    cause: 'The upstream took it, and at the first look after the deadline it still was not final.',
    action: 'Look for it in the upstream console; a retry makes a new, paid task.',
    retryable: true,
    billed: 'unknown',
    unknownOutcome: true,
  }),
  canceled_by_caller: ending('The caller canceled it', {
    cause: 'POST /v1/tasks/{id}/cancel came while it was queued.',
    action: 'Nothing.',
  }),
  poison_task: ending('It ended its worker five times', {
    cause: 'Five workers within ten minutes ended while they prepared it. Nothing was sent.',
    action: 'Give the task id to whoever runs Reelay; their logs have the cause.',
  }),
} as const;
