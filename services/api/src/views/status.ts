import { type StatusAnswer, upstreamWord } from '@reelay/contracts';
import type { TaskRecord } from '@reelay/tasks';

/** A record in the upstream's words and shape (design section 4): times are unix seconds, absent members are left out. */
export function statusView(task: TaskRecord, requestId: string): StatusAnswer {
  const { usage, ...ending } = endingOf(task);
  return {
    output: {
      task_id: task.id,
      task_status: upstreamWord(task.status),
      submit_time: unixSeconds(task.createdAt),
      ...ending,
    },
    ...(usage ? { usage } : {}),
    request_id: requestId,
  };
}

function endingOf(task: TaskRecord) {
  switch (task.status) {
    case 'succeeded': {
      const { urls, usage, finishTime } = task.result;
      return { urls: [...urls], finish_time: Math.floor(finishTime ?? unixSeconds(task.finishedAt)), usage };
    }
    case 'failed':
    case 'expired':
    case 'canceled':
      return { finish_time: unixSeconds(task.finishedAt), error_message: task.error.message };
    default:
      return {};
  }
}

function unixSeconds(unixMs: number): number {
  return Math.floor(unixMs / 1_000);
}
