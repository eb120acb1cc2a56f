import { isoTime, type Task } from '@reelay/contracts';
import type { PollProgress, TaskRecord, UpstreamFacts } from '@reelay/tasks';

/**
 * A record as Reelay's own endpoints tell it. Times become ISO texts; the claim, the wake-up job and the payload stay
 * inside. `polls` is how far its polling is.
 */
export function taskView(task: TaskRecord, polls?: PollProgress): Task {
  const upstream = upstreamOf(task);
  return {
    id: task.id,
    status: task.status,
    model: task.model,
    caller: task.caller,
    priority: task.priority,
    metadata: task.metadata,
    webhook_url: task.webhookUrl ?? null,
    created_at: isoTime(task.createdAt),
    start_by: isoTime(task.startBy),
    submitted_at: isoTimeOrNull(upstream?.submittedAt),
    finish_by: isoTimeOrNull(upstream?.finishBy),
    running_at: isoTimeOrNull('runningAt' in task ? task.runningAt : undefined),
    finished_at: isoTimeOrNull('finishedAt' in task ? task.finishedAt : undefined),
    urls: task.status === 'succeeded' ? [...task.result.urls] : [],
    usage: (task.status === 'succeeded' && task.result.usage) || null,
    error: 'error' in task ? task.error : null,
    submit_attempts: task.submitAttempts,
    upstream_task_id: upstream?.upstreamTaskId ?? null,
    upstream_status: upstream?.upstreamStatus ?? null,
    late_upstream_task_id: task.lateUpstreamTaskId ?? null,
    poll_count: pollCountOf(task, polls),
    next_poll_at: isoTimeOrNull(polls?.nextAt),
    retry_of: task.retryOf ?? null,
    erased_at: isoTimeOrNull('erasedAt' in task ? task.erasedAt : undefined),
    sequence: task.sequence,
  };
}

/** Views of several tasks, with one more read for those that are polled. */
export async function taskViews(
  { readPolls }: { readPolls(tasks: readonly TaskRecord[]): Promise<(PollProgress | undefined)[]> },
  tasks: readonly TaskRecord[],
): Promise<Task[]> {
  const polls = await readPolls(tasks);
  return tasks.map((task, i) => taskView(task, polls[i]));
}

function pollCountOf(task: TaskRecord, polls: PollProgress | undefined): number | null {
  if ('pollCount' in task) return task.pollCount;
  if (task.status === 'queued' || task.status === 'submitting') return 0;
  return polls?.polls ?? null; // it ends this moment
}

function upstreamOf(task: TaskRecord): UpstreamFacts | undefined {
  if ('upstream' in task) return task.upstream;
  return 'upstreamTaskId' in task ? task : undefined;
}

function isoTimeOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : isoTime(unixMs);
}
