import { openQueues } from '@reelay/queues';
import { connectPatiently, DEFAULT_TAG } from '@reelay/redis';
import { openTaskStore } from '@reelay/tasks';
import { onTestFinished } from 'vitest';
import { aBody, type SetupOptions, startApi } from './setup.ts';
import { openStream } from './sse-client.ts';

const LOG = { info() {}, warn() {} };
const LIMITS = { account: 'default', maxInFlight: 1_000, submitIntervalMs: 0 };
const ERROR = { code: 'generation_failed', message: 'No.', retryable: true, billed: 'unknown' as const };

/** The moves that workers make, on a connection of their own. */
export function aWorker(redisUrl: string) {
  const redis = connectPatiently(redisUrl, LOG);
  const queues = openQueues(redis, { tag: DEFAULT_TAG, onError() {} });
  const monotonicMs = () => performance.now();
  const retention = { retentionMs: 3_600_000, payloadRetentionMs: 3_600_000 };
  const { moves } = openTaskStore({ redis, queues, tag: DEFAULT_TAG, monotonicMs, ...retention, onJobLost() {} });
  onTestFinished(async () => {
    await queues.close();
    redis.disconnect();
  });
  const submitted = (task: string, claim = 1, upstreamTaskId = `up-${task}`) =>
    moves.submitted({ task, claim, upstreamTaskId, requestId: undefined, events: [], firstPollMs: 60_000 });
  return {
    redis,
    moves,
    claim: (task: string) =>
      moves.claim({ task, job: `${task}-submit-0`, worker: 'w', token: `t-${task}`, limits: LIMITS }),
    submitted,
    /** To `submitted`. */
    async send(task: string): Promise<void> {
      await this.claim(task);
      await submitted(task);
    },
    /** Through every state, to `failed`. */
    async play(task: string): Promise<void> {
      await this.send(task);
      await this.running(task);
      await this.fail(task);
    },
    running: (task: string) => moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] }),
    fail: (task: string, claim = 1) => moves.finish({ task, claim, ending: { status: 'failed', error: ERROR } }),
    /** Ends a claim of which nobody knows whether its POST was taken. */
    unknown: (task: string) =>
      moves.outcomeUnknown({ task, claim: 1, error: ERROR, priority: 'normal', againMs: 1_000, detail: 'reset' }),
  };
}

/** The api, a worker beside it, and streams from it. */
export async function startEvents(redisUrl: string, options: SetupOptions = {}) {
  const api = await startApi(redisUrl, options);
  const worker = aWorker(redisUrl);
  const { url, key } = api;
  return {
    ...api,
    worker,
    aTask: async (more: object = {}): Promise<string> => (await api.submit(aBody(more))).json.output.task_id,
    follow: (task: string, headers: Record<string, string> = {}, base = url) =>
      openStream(`${base}/v1/tasks/${task}/events`, key, headers),
    followAll: (headers: Record<string, string> = {}, base = url, query = '') =>
      openStream(`${base}/v1/events${query}`, key, headers),
  };
}
