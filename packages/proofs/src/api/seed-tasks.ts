import { randomBytes } from 'node:crypto';
import type { TaskStatus } from '@reelay/contracts';
import { openQueues } from '@reelay/queues';
import { connectPatiently, createRedisClock, DEFAULT_TAG } from '@reelay/redis';
import { acceptTask, newTaskId, openTaskStore } from '@reelay/tasks';
import { inBatches } from '../house/in-batches.ts';

const USUAL = 'openai/sora-2/text-to-video';
export const OTHER = 'another/model';
export const RARE = 'rare/model';

/** What was put into the list, to be held against what the api tells of it. */
export interface Seeded {
  readonly id: string;
  readonly caller: string;
  readonly model: string;
  readonly status: TaskStatus;
}

const AT_ONCE = 500;
const SILENT = { info() {}, warn() {} };
const DAY_MS = 86_400_000;
const RETENTION = { retentionMs: 30 * DAY_MS, payloadRetentionMs: DAY_MS };
const LIMITS = { account: 'default', maxInFlight: 1_000_000, submitIntervalMs: 0 };

/** Tasks written by the store itself, in every state that a filter can ask for. To be closed. */
export function openSeeder(redisUrl: string) {
  const redis = connectPatiently(redisUrl, SILENT);
  const queues = openQueues(redis, { tag: DEFAULT_TAG, onError() {} });
  const local = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const { monotonicMs } = local;
  const { commit, moves } = openTaskStore({
    redis,
    queues,
    tag: DEFAULT_TAG,
    monotonicMs,
    ...RETENTION,
    onJobLost() {},
  });
  const clock = createRedisClock(redis, local);
  const times = { commandTimeoutMs: 30_000, resolveWithinMs: 30_000, sleep: async () => {} };
  const deps = { redis, commit, tag: DEFAULT_TAG, clock, ...times };

  async function accept(about: Pick<Seeded, 'caller' | 'model'>): Promise<string> {
    const id = newTaskId(clock.now(), randomBytes);
    const absent = { webhookUrl: undefined, webhookEvents: undefined, retryOf: undefined, traceparent: undefined };
    const within = { startWithinMs: DAY_MS, finishWithinMs: DAY_MS };
    const rest = { priority: 'normal', metadata: {}, onSubmitUnknown: 'fail', maxResubmits: 0 } as const;
    const payload = { input: { prompt: 'A lake at dawn' } };
    const outcome = await acceptTask(deps, { id, ...about, ...absent, ...within, ...rest, payload }, {});
    if (outcome.kind !== 'accepted') throw new Error(`A task was not accepted: ${outcome.kind}`);
    return id;
  }

  async function moveTo(task: string, status: TaskStatus): Promise<void> {
    if (status === 'queued') return;
    if (status === 'running') {
      await moves.claim({ task, job: `${task}-submit-0`, worker: 'w', token: task, limits: LIMITS });
      const upstream = { upstreamTaskId: `up-${task}`, requestId: undefined, events: [], firstPollMs: DAY_MS };
      await moves.submitted({ task, claim: 1, ...upstream });
      await moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
      return;
    }
    if (status !== 'failed' && status !== 'expired' && status !== 'canceled') throw new Error(`Not seeded: ${status}`);
    const error = { code: 'poison_task', message: 'Seeded.', retryable: false, billed: 'no' } as const;
    await moves.finish({ task, claim: 0, ending: { status, error } });
  }

  async function seedOne(n: number, caller: string | undefined): Promise<Seeded> {
    const about = { ...kindOf(n), ...(caller && { caller }) };
    const id = await accept(about);
    await moveTo(id, about.status);
    return { id, ...about };
  }

  return {
    accept,
    /** So many tasks, in parallel: of the callers `tests` and `stranger`, or all of the one that is named. */
    seed: (count: number, caller?: string): Promise<Seeded[]> =>
      inBatches(
        Array.from({ length: count }, (_, n) => n),
        AT_ONCE,
        (n) => seedOne(n, caller),
      ),
    async close(): Promise<void> {
      clock.stop();
      await queues.close();
      redis.disconnect();
    },
  };
}

/** The same shares in every thousand: half of another model, two that run; a fifth of another caller. */
function kindOf(n: number): Omit<Seeded, 'id'> {
  const place = (n * 7_919) % 1_000;
  const model = place % 500 === 3 ? RARE : place % 2 === 0 ? USUAL : OTHER;
  return { caller: place % 5 === 2 ? 'stranger' : 'tests', model, status: statusAt(place) };
}

function statusAt(place: number): TaskStatus {
  if (place < 2) return 'running';
  if (place < 150) return 'expired';
  if (place < 350) return 'failed';
  return place < 600 ? 'canceled' : 'queued';
}
