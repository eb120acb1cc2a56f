import { openQueues } from '@reelay/queues';
import { connectPatiently, DEFAULT_TAG } from '@reelay/redis';
import { type Ending, openTaskStore } from '@reelay/tasks';
import { onTestFinished } from 'vitest';
import { aBody, type SetupOptions, startApi } from './setup.ts';

const LOG = { info: () => {}, warn: () => {} };
const KEPT_MS = 3_600_000;
const LIMITS = { account: 'default', maxInFlight: 1_000, submitIntervalMs: 0 };

export const SUCCEEDED: Ending = {
  status: 'succeeded',
  result: { urls: ['https://videos.example/1.mp4'], usage: { duration: 4 }, finishTime: undefined },
};
export const FAILED: Ending = {
  status: 'failed',
  error: { code: 'generation_failed', message: 'No video of the lake.', retryable: true, billed: 'unknown' },
};

/** The api, and what workers do to its tasks, on a connection of their own. */
export async function startWithWorker(redisUrl: string, options: SetupOptions = {}) {
  const api = await startApi(redisUrl, options);
  const redis = connectPatiently(redisUrl, LOG);
  const queues = openQueues(redis, { tag: DEFAULT_TAG, onError: () => {} });
  const monotonicMs = () => performance.now();
  const kept = { retentionMs: KEPT_MS, payloadRetentionMs: KEPT_MS };
  const { moves, deliveries } = openTaskStore({
    redis,
    queues,
    tag: DEFAULT_TAG,
    monotonicMs,
    ...kept,
    onJobLost: () => {},
  });
  onTestFinished(async () => {
    await queues.close();
    redis.disconnect();
  });

  const accepted = async (body: object = aBody()): Promise<string> => {
    const { status, text, json } = await api.submit(body);
    if (status !== 200) throw new Error(`A submit was answered ${status}: ${text}`);
    return json.output.task_id;
  };
  const claim = (task: string) =>
    moves.claim({ task, job: `${task}-submit-0`, worker: 'w', token: task, limits: LIMITS });
  const submits = async (task: string): Promise<void> => {
    await claim(task);
    const upstream = { upstreamTaskId: `up-${task}`, requestId: undefined, events: [], firstPollMs: 60_000 };
    await moves.submitted({ task, claim: 1, ...upstream });
  };
  const submitted = async (body: object = aBody()): Promise<string> => {
    const task = await accepted(body);
    await submits(task);
    return task;
  };
  const ended = async (body: object = aBody(), ending = SUCCEEDED): Promise<string> => {
    const task = await submitted(body);
    await moves.finish({ task, claim: 1, ending: { ...ending, pollCount: 3 } });
    return task;
  };
  return { ...api, moves, deliveries, accepted, claim, submits, submitted, ended };
}
