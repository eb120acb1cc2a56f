import { connectPatiently, DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { idsInEntry } from '@reelay/tasks';
import {
  checkHistory,
  getTask,
  type ReceivedWebhook,
  type Reelay,
  type SeenTask,
  submitsByMarker,
  type Verdict,
} from '@reelay/testing';
import { inBatches } from './in-batches.ts';
import type { Sent } from './traffic.ts';
import { untilSettled } from './undelivered.ts';

const WIDTH = 40;
const PAGE = 1_000;
const QUIET = { info: () => undefined, warn: () => undefined };

/** What stands in the books at the end of a run. */
export interface Books {
  readonly tasks: readonly SeenTask[];
  readonly received: readonly ReceivedWebhook[];
  readonly verdict: Verdict;
  /** The most POSTs of one task, those not counted that the upstream refused with 429. */
  readonly mostPosts: number;
}

/**
 * Waits until every task is final and every event delivered, then compares what clients were told, what the simulator
 * received, what receivers got, and the records. Rejects when something is still open after `withinMs`.
 */
export async function closeBooks(
  house: Reelay,
  sent: readonly Sent[],
  about: { withinMs?: number; resubmits?: Readonly<Record<string, number>> } = {},
): Promise<Books> {
  const tasks = await allTasksOnceSettled(house, about.withinMs ?? 60_000);
  const received = await readInbox(house);
  const markers = submitsByMarker(await readSubmits(house));
  const verdict = checkHistory({
    accepted: sent.map(({ marker, told, idempotencyKey }) => ({
      marker,
      outcome: told.outcome === 'refused' ? 'unavailable' : told.outcome,
      taskId: 'taskId' in told ? told.taskId : undefined,
      idempotencyKey,
    })),
    simulator: { markers },
    received,
    tasks: tasks.map((task) => ({
      id: task.id,
      marker: markerOf(task),
      status: task.status,
      errorCode: task.error?.code,
      upstreamTaskId: task.upstream_task_id,
      lateUpstreamTaskId: task.late_upstream_task_id,
      hasWebhook: task.webhook_url !== null,
    })),
    ...(about.resubmits && { resubmits: about.resubmits }),
  });
  const posts = Object.values(markers).map(({ submits, refused = 0 }) => submits - refused);
  return { tasks, received, verdict, mostPosts: Math.max(0, ...posts) };
}

/** Every task of the run sends its events to `/inbox/<marker>`. */
export function markerOf(task: SeenTask): string {
  return task.webhook_url?.split('/').at(-1) ?? '';
}

/** All tasks that there are, whoever knows of them, once none is open and no event undelivered. */
async function allTasksOnceSettled(house: Reelay, withinMs: number): Promise<SeenTask[]> {
  const redis = connectPatiently(house.redis.url, QUIET);
  try {
    await untilSettled(redis, { withinMs });
    const entries = await redis.xrange(keyUnder(DEFAULT_TAG, 'tasks'), '-', '+');
    const ids = entries.flatMap(([, words]) => idsInEntry(words));
    return await inBatches(ids, WIDTH, async (id) => {
      const task = await getTask(house, id);
      if (!task) throw new Error(`${id} stands in the index and has no record`);
      return task;
    });
  } finally {
    redis.disconnect();
  }
}

interface Submit {
  readonly seq: number;
  readonly marker?: string;
  readonly task_id?: string;
  readonly answered: unknown;
}

/** Every POST that the simulator received, oldest first. */
export async function readSubmits(house: Reelay): Promise<Submit[]> {
  return allPages<Submit>((after) => `${house.simulatorUrl}/_sim/ledger?kind=submit&after=${after}&limit=${PAGE}`);
}

interface Caught {
  readonly seq: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { type: string; data: { id: string; sequence: number } };
  readonly body_sha: string;
  readonly signature: ReceivedWebhook['signature'];
}

/** Everything that the simulator's inbox caught. */
async function readInbox(house: Reelay): Promise<ReceivedWebhook[]> {
  const caught = await allPages<Caught>((after) => `${house.simulatorUrl}/inbox?after=${after}&limit=${PAGE}`);
  return caught.map(({ headers, body, body_sha: bodySha, signature }) => ({
    webhookId: headers['webhook-id'] ?? '',
    taskId: body.data.id,
    type: body.type,
    sequence: body.data.sequence,
    bodySha,
    signature,
  }));
}

async function allPages<T extends { seq: number }>(urlAfter: (seq: number) => string): Promise<T[]> {
  const all: T[] = [];
  for (let after = 0; ; ) {
    const answer = await fetch(urlAfter(after), { signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`GET ${answer.url} answered ${answer.status}`);
    const { data } = (await answer.json()) as { data: T[] };
    if (data.length === 0) return all.toSorted((a, b) => a.seq - b.seq);
    all.push(...data);
    after = Math.max(...data.map(({ seq }) => seq));
  }
}
