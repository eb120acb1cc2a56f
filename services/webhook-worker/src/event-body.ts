import { type EventData, type EventType, isoTime, type TaskEvent, type TaskStatus } from '@reelay/contracts';
import type { Delivery, TaskRecord } from '@reelay/tasks';

/** The newest form of a body. A form, once released, never changes: its golden bytes are a test. */
const BODY_VERSION = 1;

/**
 * The bytes of an event: the same in every attempt, and after an upgrade, because they come from set-once facts of the
 * task and from the version that the delivery names. Throws for a version that this release does not know.
 */
export function eventBody(
  task: TaskRecord,
  event: EventType,
  delivery: Pick<Delivery, 'version' | 'sequence' | 'at'>,
): string {
  if (delivery.version !== BODY_VERSION) {
    throw new Error(
      `The delivery's body has version ${delivery.version}, which this release does not know: finish the upgrade`,
    );
  }
  const body: TaskEvent = {
    type: event,
    timestamp: isoTime(delivery.at),
    data: dataAsOf(task, event, delivery.sequence),
  };
  const text = JSON.stringify(body);
  if (fits(text) || body.data.urls.length === 0) return text;
  return JSON.stringify({ ...body, data: withFewerUrls(body) });
}

const MOST_BYTES = 20_000;

/** A body stays under 20 kB: metadata, usage and error are bounded where they come in, so only urls can be too many. */
function withFewerUrls(body: TaskEvent): EventData {
  const { urls } = body.data;
  const keep = (count: number): EventData => ({
    ...body.data,
    urls: urls.slice(0, count),
    urls_omitted: urls.length - count,
  });
  let kept = urls.length - 1;
  while (kept > 0 && !fits(JSON.stringify({ ...body, data: keep(kept) }))) kept--;
  return keep(kept);
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) < MOST_BYTES;
}

/** What was true when the event happened: an event before the end tells nothing of the end. */
function dataAsOf(task: TaskRecord, event: EventType, sequence: number): EventData {
  const status = event.slice('task.'.length) as TaskStatus;
  const ended = 'finishedAt' in task && status === task.status ? task : undefined;
  const upstream = 'upstreamTaskId' in task ? task : 'upstream' in task ? task.upstream : undefined;
  return {
    id: task.id,
    status,
    model: task.model,
    sequence,
    created_at: isoTime(task.createdAt),
    submitted_at: upstream ? isoTime(upstream.submittedAt) : null,
    finished_at: ended ? isoTime(ended.finishedAt) : null,
    urls: ended?.status === 'succeeded' ? [...ended.result.urls] : [],
    usage: ended?.status === 'succeeded' ? (ended.result.usage ?? null) : null,
    error: ended && ended.status !== 'succeeded' ? ended.error : null,
    metadata: task.metadata,
    retry_of: task.retryOf ?? null,
  };
}
