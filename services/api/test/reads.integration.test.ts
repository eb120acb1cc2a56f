import { openQueues } from '@reelay/queues';
import { connectPatiently, DEFAULT_TAG } from '@reelay/redis';
import { openTaskStore } from '@reelay/tasks';
import { redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { aBody, misfits, startApi } from './setup.ts';

const redis = redisForTests();

const LOG = { info: () => {}, warn: () => {} };
const LIMITS = { account: 'default', maxInFlight: 10, submitIntervalMs: 0 };

/** The api, and the moves that workers make, on a connection of their own. */
async function startWithWorker() {
  const api = await startApi(redis.url);
  const connection = connectPatiently(redis.url, LOG);
  const queues = openQueues(connection, { tag: DEFAULT_TAG, onError: () => {} });
  const monotonicMs = () => performance.now();
  const retention = { retentionMs: 3_600_000, payloadRetentionMs: 3_600_000 };
  const { moves } = openTaskStore({
    redis: connection,
    queues,
    tag: DEFAULT_TAG,
    monotonicMs,
    ...retention,
    onJobLost: () => {},
  });
  onTestFinished(async () => {
    await queues.close();
    connection.disconnect();
  });
  const { json } = await api.submit(aBody());
  const task: string = json.output.task_id;
  return { ...api, moves, task };
}

type Worker = Awaited<ReturnType<typeof startWithWorker>>;

async function submitUpstream({ moves, task }: Worker): Promise<void> {
  const claimed = await moves.claim({ task, job: `${task}-submit-0`, worker: 'w', token: 't', limits: LIMITS });
  expect(claimed).toMatchObject({ kind: 'claimed', claim: 1 });
  const upstream = { upstreamTaskId: 'up-1', requestId: undefined, events: [], firstPollMs: 60_000 };
  await moves.submitted({ task, claim: 1, ...upstream });
}

test('a succeeded task has its urls, usage and the upstream’s own finish time', async () => {
  const worker = await startWithWorker();
  const { moves, task, get } = worker;
  await submitUpstream(worker);
  const result = {
    urls: ['https://videos.example/1.mp4?sig=a'],
    usage: { duration: 4, SR: '720' },
    finishTime: 1_800_000_000,
  };
  await moves.finish({ task, claim: 1, ending: { status: 'succeeded', result, upstreamStatus: 'Success' } });
  const status = await get(`/v1/tasks/status?task_id=${task}`);
  expect(status.json).toEqual({
    output: {
      task_id: task,
      task_status: 'Success',
      urls: result.urls,
      submit_time: expect.any(Number),
      finish_time: 1_800_000_000,
    },
    usage: result.usage,
    request_id: expect.any(String),
  });
  const { json } = await get(`/v1/tasks/${task}`);
  expect([...misfits('StatusAnswer', status.json), ...misfits('Task', json)]).toEqual([]);
  expect(json).toMatchObject({
    status: 'succeeded',
    urls: result.urls,
    usage: result.usage,
    upstream_task_id: 'up-1',
    upstream_status: 'Success',
    submitted_at: expect.stringMatching(/Z$/),
    finished_at: expect.stringMatching(/Z$/),
    error: null,
  });
});

test('a running task is Running', async () => {
  const worker = await startWithWorker();
  await submitUpstream(worker);
  await worker.moves.running({ task: worker.task, claim: 1, upstreamStatus: 'Running', events: [] });
  const { json } = await worker.get(`/v1/tasks/status?task_id=${worker.task}`);
  expect(json.output).toMatchObject({ task_status: 'Running' });
  expect(json.output).not.toHaveProperty('finish_time');
});

test('a failed task is Failure with its message, and tells its error in full', async () => {
  const { moves, task, get } = await startWithWorker();
  const error = { code: 'start_deadline', message: 'It was not sent in time.', retryable: true, billed: 'no' as const };
  await moves.finish({ task, claim: 0, ending: { status: 'expired', error } });
  const { output } = (await get(`/v1/tasks/status?task_id=${task}`)).json;
  expect(output).toMatchObject({
    task_status: 'Failure',
    error_message: error.message,
    finish_time: expect.any(Number),
  });
  expect(output).not.toHaveProperty('urls');
  const { json } = await get(`/v1/tasks/${task}`);
  expect(misfits('Task', json)).toEqual([]);
  expect(json).toMatchObject({ status: 'expired', error, upstream_task_id: null });
});
