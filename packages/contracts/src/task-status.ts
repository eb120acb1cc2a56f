/** Every state of a task, with the sentence that explains it to a reader of the docs (design section 4). */
export const TASK_STATUS = {
  queued: 'Accepted and durable; nothing was sent upstream.',
  submitting: 'A worker wrote its intent to POST; the outcome is not recorded yet.',
  submitted: 'The upstream gave a task id.',
  running: 'The upstream is generating.',
  succeeded: 'The video is ready; its urls are recorded.',
  failed: 'It ended without a video; the error says why.',
  expired: 'A deadline passed, or the upstream let the task expire.',
  canceled: 'It was canceled before anything was sent, or by the upstream.',
} as const;

export type TaskStatus = keyof typeof TASK_STATUS;
export type FinalStatus = 'succeeded' | 'failed' | 'expired' | 'canceled';

export const TASK_STATUSES: readonly TaskStatus[] = Object.keys(TASK_STATUS) as TaskStatus[];
export const FINAL_STATUSES: readonly FinalStatus[] = ['succeeded', 'failed', 'expired', 'canceled'];

export function isFinal(status: TaskStatus): status is FinalStatus {
  return FINAL_STATUSES.some((final) => final === status);
}

/** The four words of the upstream's status answer. */
export type UpstreamWord = 'Pending' | 'Running' | 'Success' | 'Failure';

/** The upstream's word for one of our states: the only place where the two vocabularies meet on the way out. */
export function upstreamWord(status: TaskStatus): UpstreamWord {
  switch (status) {
    case 'queued':
    case 'submitting':
    case 'submitted':
      return 'Pending';
    case 'running':
      return 'Running';
    case 'succeeded':
      return 'Success';
    case 'failed':
    case 'expired':
    case 'canceled':
      return 'Failure';
  }
}
