import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobSpec, submitJob } from '@reelay/queues';
import { connectPatiently, DEFAULT_TAG, requireDataFormat } from '@reelay/redis';
import { openStore } from '@reelay/service';
import { acceptTask, type NewTask, newTaskId } from '@reelay/tasks';
import { createLogger, createMetrics } from '@reelay/telemetry';
import { eventually, freePort, redisForTests, startProcess } from '@reelay/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createStepCounters } from '../src/counters.ts';
import { type ReconcileDeps, reconcile } from '../src/reconcile.ts';
import { taskError } from '../src/task-error.ts';
import { total } from './setup.ts';

const shared = redisForTests();
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LIMITS = { account: 'default', maxInFlight: 1_000, submitIntervalMs: 0 };
const key = (...parts: readonly string[]) => ['{reelay}', ...parts].join(':');

function setup() {
  const log = createLogger({ service: 'test', level: 'silent' });
  const warnings = vi.spyOn(log, 'warn');
  const local = { monotonicMs: () => performance.now(), wallMs: Date.now };
  const keep = { retentionMs: HOUR_MS, payloadRetentionMs: HOUR_MS };
  const open = openStore(connectPatiently(shared.url, log), keep, { log, local });
  onTestFinished(() => open.close());
  const { store, queues, redis, tag, clock } = open;
  const deps: ReconcileDeps = { store, queues, log, count: createStepCounters(createMetrics('test')) };

  async function queued(changes: Partial<NewTask> = {}): Promise<string> {
    const task: NewTask = {
      id: newTaskId(Date.now(), randomBytes),
      caller: 'acme',
      model: 'openai/sora-2/text-to-video',
      priority: 'normal',
      metadata: {},
      webhookUrl: undefined,
      webhookEvents: undefined,
      startWithinMs: HOUR_MS,
      finishWithinMs: HOUR_MS,
      onSubmitUnknown: 'fail',
      maxResubmits: 1,
      retryOf: undefined,
      traceparent: undefined,
      payload: { input: { prompt: 'A lake' } },
      ...changes,
    };
    const waits = { commandTimeoutMs: 5_000, resolveWithinMs: 5_000, sleep: (ms: number) => sleep(ms) };
    await acceptTask({ redis, commit: store.commit, tag, clock, ...waits }, task, {});
    return task.id;
  }
  let runs = 0;
  async function submitting(changes: Partial<NewTask> = {}): Promise<string> {
    const task = await queued(changes);
    const asked = { job: `${task}-submit-0`, worker: 'w_1', token: `run-${++runs}`, limits: LIMITS };
    await store.moves.claim({ task, ...asked });
    return task;
  }
  async function submitted(changes: Partial<NewTask> = {}): Promise<string> {
    const task = await submitting(changes);
    const answer = { upstreamTaskId: `up_${task}`, requestId: undefined, events: [], firstPollMs: MINUTE_MS };
    await store.moves.submitted({ task, claim: 1, ...answer });
    return task;
  }
  async function running(): Promise<string> {
    const task = await submitted();
    await store.moves.running({ task, claim: 1, upstreamStatus: 'Running', events: [] });
    return task;
  }
  /** A task that failed, whose event waits to be delivered. */
  async function undelivered(): Promise<string> {
    const task = await submitted({ webhookUrl: 'https://hooks.test/a' });
    await store.moves.finish({ task, claim: 1, ending: { status: 'failed', error: taskError('generation_failed') } });
    return task;
  }
  /** Makes every look due and passes over them. */
  async function pass(): Promise<void> {
    for (const index of ['open', 'undelivered']) {
      const members = await redis.zrange(key(index), '0', '-1');
      for (const member of members) await redis.zadd(key(index), 1, member);
    }
    await reconcile(deps);
  }
  const stateOf = (queue: JobSpec['queue'], job: string) => queues.byName[queue].getJobState(job);
  const record = (task: string, fields: object) => redis.hset(key('task', task), fields);
  const statusOf = (task: string) => redis.hget(key('task', task), 'status');
  const repairs = (what?: string) => total(deps.count.repairs, what ? { what } : {});
  const made = { queued, submitting, submitted, running, undelivered };
  return { ...made, deps, redis, queues, store, pass, stateOf, record, statusOf, repairs, warnings };
}

/** As after the loss of BullMQ's keys. */
async function loseJobs(): Promise<void> {
  const keys = (await shared.client.keys('{reelay}:*')).filter((name) =>
    /^\{reelay\}:(submit|poll|deliver):/.test(name),
  );
  if (keys.length > 0) await shared.client.del(...keys);
}

async function now(): Promise<number> {
  const [seconds] = await shared.client.time();
  return Number(seconds) * 1_000;
}

test('a queued task whose job is gone gets one of its own, with its priority', async () => {
  const { queued, record, queues, pass, stateOf, repairs, warnings } = setup();
  const [first, requeued] = [await queued({ priority: 'high' }), await queued()];
  await record(requeued, { claim: 3, wake_job: `${requeued}-submit-2` });
  await loseJobs();
  await pass();
  expect(await stateOf('submit', `${first}-submit-0`)).toBe('prioritized');
  expect(await stateOf('submit', `${requeued}-submit-3`)).toBe('prioritized');
  expect(await queues.byName.submit.getJob(`${first}-submit-0`)).toMatchObject({
    data: { v: 2, items: [{ task: first }] },
    priority: 1,
  });
  expect(await queues.byName.submit.count()).toBe(2);
  expect(await repairs('submit')).toBe(2);
  expect(warnings).toHaveBeenCalledWith({ job: `${first}-submit-0` }, 'A wake-up was missing and was put back');
});

test('tasks that share a job are left alone while it lives, and each gets its own when it is gone', async () => {
  const { queued, pass, repairs, redis, queues, store } = setup();
  const tasks = await Promise.all([queued(), queued()]);
  const named = await Promise.all(tasks.map((task) => redis.hget(key('task', task), 'wake_job')));
  expect(named[0]).toBe(named[1]);
  await pass();
  expect(await repairs()).toBe(0);
  await loseJobs();
  await pass();
  const jobs = await queues.byName.submit.getJobs('prioritized');
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(tasks.map((task) => `${task}-submit-0`).toSorted());
  await pass();
  expect(await repairs()).toBe(2);
  const asked = { worker: 'w_2', token: 'run', limits: LIMITS };
  for (const task of tasks)
    expect(await store.moves.claim({ task, job: `${task}-submit-0`, ...asked })).toMatchObject({ kind: 'claimed' });
});

test('deliveries that share a job are left alone while it lives, and each gets its own when it is gone', async () => {
  const { submitted, pass, repairs, queues, store } = setup();
  const webhook = { webhookUrl: 'https://hooks.test/a' };
  const tasks = [await submitted(webhook), await submitted(webhook)];
  const ending = { status: 'failed', error: taskError('generation_failed') } as const;
  await Promise.all(tasks.map((task) => store.moves.finish({ task, claim: 1, ending })));
  await queues.byName.submit.obliterate({ force: true });
  expect(await queues.byName.deliver.count()).toBe(1);
  await pass();
  expect(await repairs()).toBe(0);
  await loseJobs();
  await pass();
  const jobs = await queues.byName.deliver.getJobs('waiting');
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(tasks.map((task) => `${task}-failed-1`).toSorted());
  await pass();
  expect(await repairs('deliver')).toBe(2);
});

test.each(['submitted', 'running'] as const)(
  'a %s task that stands among the looks goes to the polls',
  async (state) => {
    const made = setup();
    const task = await made[state]();
    await made.redis.zrem(key('polls'), task); // as an older release left it
    await made.redis.zadd(key('open'), 1, task);
    await made.pass();
    expect(await made.redis.zscore(key('open'), task)).toBeNull();
    const { due } = await made.store.polls.round({
      polled: [],
      held: [],
      most: 10,
      leaseMs: MINUTE_MS,
      cap: { account: 'default', perSecond: 0 },
    });
    expect(due).toMatchObject([{ id: task, claim: 1, losses: 0 }]);
    expect(await made.repairs()).toBe(0);
  },
);

test('a rest of a job that stands in no list does not keep the task from waking', async () => {
  const { queued, redis, pass, stateOf } = setup();
  const task = await queued();
  await redis.zrem(key('submit', 'prioritized'), `${task}-submit-0`);
  expect(await stateOf('submit', `${task}-submit-0`)).toBe('unknown');
  await pass();
  expect(await stateOf('submit', `${task}-submit-0`)).toBe('prioritized');
});

test('tasks whose jobs live are left alone, waiting or delayed', async () => {
  const { queued, undelivered, pass, repairs, redis } = setup();
  const [task, ended] = [await queued(), await undelivered()];
  const jobs = [key('submit', `${task}-submit-0`), key('deliver', `${ended}-failed-1`)];
  const jobsNow = () => Promise.all(jobs.map((job) => redis.hgetall(job)));
  const before = await jobsNow();
  await pass();
  expect(await jobsNow()).toEqual(before);
  expect(await repairs()).toBe(0);
});

test('a task that is being submitted is left alone', async () => {
  const { queued, pass, repairs, redis, stateOf } = setup();
  const task = await queued();
  const job = `${task}-submit-0`;
  await redis.zrem(key('submit', 'prioritized'), job);
  await redis.lpush(key('submit', 'active'), job);
  await redis.set(key('submit', job, 'lock'), 'somebody', 'PX', 8_000);
  await pass();
  expect([await stateOf('submit', job), await repairs()]).toEqual(['active', 0]);
});

test.each([
  ['no', {}],
  ['unknown', { earlier_unknown: 1 }],
] as const)('a queued task past start_within expires, billed %s', async (billed, fields) => {
  const { queued, record, pass, store, redis } = setup();
  const task = await queued({ webhookUrl: 'https://hooks.test/a' });
  await record(task, { start_within: 1, ...fields });
  await loseJobs();
  await pass();
  expect(await store.read(task)).toMatchObject({ status: 'expired', error: { code: 'start_deadline', billed } });
  expect(await redis.zrange(key('undelivered'), '0', '-1')).toEqual([`${task} task.expired`]);
  expect(await redis.exists(key('open'))).toBe(0);
});

test('submitted and running tasks are not expired, however late they are', async () => {
  const { submitted, running, record, pass, statusOf } = setup();
  const [first, second] = [await submitted(), await running()];
  for (const task of [first, second]) await record(task, { finish_within: 1, start_within: 1 });
  await pass();
  expect([await statusOf(first), await statusOf(second)]).toEqual(['submitted', 'running']);
});

test("a live worker's claim is never settled, and an absence that was seen before counts no more", async () => {
  const { submitting, redis, record, pass, statusOf } = setup();
  const task = await submitting({ onSubmitUnknown: 'resubmit' });
  await redis.set(key('worker', 'w_1'), '1');
  await record(task, { absent_at: (await now()) - MINUTE_MS });
  for (let i = 0; i < 3; i++) await pass();
  expect(await statusOf(task)).toBe('submitting');
  await redis.del(key('worker', 'w_1'));
  await pass();
  expect(await statusOf(task)).toBe('submitting');
});

test('one look at a dead worker settles nothing, and the next comes three seconds later', async () => {
  const { submitting, redis, pass, statusOf } = setup();
  const task = await submitting();
  await pass();
  const absentAt = Number(await redis.hget(key('task', task), 'absent_at'));
  expect(await redis.zscore(key('open'), task)).toBe(String(absentAt + 3_000));
  await pass();
  expect(await statusOf(task)).toBe('submitting');
});

test('the claim of a worker that was absent at two looks three seconds apart ends as unknown', async () => {
  const { submitting, record, pass, store, stateOf, deps } = setup();
  const task = await submitting({ webhookUrl: 'https://hooks.test/a' });
  await pass();
  await record(task, { absent_at: (await now()) - 4_000 });
  await loseJobs();
  await pass();
  expect(await store.read(task)).toMatchObject({
    status: 'failed',
    error: { code: 'submit_unknown', retryable: true, billed: 'unknown' },
  });
  expect(await stateOf('deliver', `${task}-failed-1`)).toBe('waiting');
  expect(total(deps.count.submitUnknown, { outcome: 'failed' })).toBe(1);
});

test('a caller who asked for it is submitted again, by a new job', async () => {
  const { submitting, record, pass, store, stateOf, queues, deps } = setup();
  const task = await submitting({ onSubmitUnknown: 'resubmit', priority: 'low' });
  await pass();
  await record(task, { absent_at: (await now()) - 4_000 });
  await loseJobs();
  await pass();
  const job = submitJob({ task, claim: 1, priority: 'low' });
  expect(await store.read(task)).toMatchObject({
    status: 'queued',
    wakeJob: job.id,
    resubmits: 1,
    earlierUnknown: true,
  });
  expect(await stateOf('submit', job.id)).toBe('prioritized');
  expect(await queues.byName.submit.getJob(job.id)).toMatchObject({ data: job.data, priority: 3 });
  expect(total(deps.count.submitUnknown, { outcome: 'requeued' })).toBe(1);
  const asked = { task, job: job.id, worker: 'w_2', token: 'run-2', limits: LIMITS };
  expect(await store.moves.claim(asked)).toMatchObject({ kind: 'claimed', claim: 2 });
});

test('a claim that several reconcilers find is settled once', async () => {
  const [{ submitting, record, pass, store, deps }, other] = [setup(), setup()];
  const task = await submitting({ onSubmitUnknown: 'resubmit', maxResubmits: 3 });
  await pass();
  await record(task, { absent_at: (await now()) - 4_000 });
  await Promise.all([pass(), other.pass(), pass(), other.pass()]);
  expect(await store.read(task)).toMatchObject({ status: 'queued', resubmits: 1 });
  const counts = [deps, other.deps].map(({ count }) => total(count.submitUnknown));
  expect((await Promise.all(counts)).toSorted()).toEqual([0, 1]);
});

test('a pending delivery whose job is gone comes back when its next attempt is due', async () => {
  const { undelivered, redis, pass, queues, stateOf, repairs } = setup();
  const [waits, overdue] = [await undelivered(), await undelivered()];
  const at = await now();
  const waitsFor = async (task: string, round: number, nextAt: number) => {
    const age = nextAt - Number(await redis.hget(key('task', task), 'created_at'));
    await redis.hset(key('task', task), 'delivery.failed', `1 pending ${round} 0 4 0 0 ${age} -`);
  };
  await waitsFor(waits, 2, at + 2 * HOUR_MS);
  await waitsFor(overdue, 1, at - MINUTE_MS);
  await loseJobs();
  await pass();
  const job = await queues.byName.deliver.getJob(`${waits}-failed-2`);
  expect(job?.data).toEqual({ v: 2, items: [{ task: waits, event: 'task.failed', round: 2 }] });
  expect(Math.abs((job?.delay ?? 0) - 2 * HOUR_MS)).toBeLessThan(5_000);
  expect(await stateOf('deliver', `${overdue}-failed-1`)).toBe('waiting');
  expect(await queues.byName.deliver.count()).toBe(2);
  expect(await repairs('deliver')).toBe(2);
});

test('a delivery job that is put back carries exactly what the first one did', async () => {
  const { undelivered, pass, queues } = setup();
  const task = await undelivered();
  const dataOf = async () => (await queues.byName.deliver.getJob(`${task}-failed-1`))?.data;
  const before = await dataOf();
  await loseJobs();
  await pass();
  expect(await dataOf()).toEqual(before);
});

test.each(['delivered', 'exhausted'])('a delivery that is %s wakes nobody and leaves the index', async (state) => {
  const { undelivered, redis, pass, queues } = setup();
  const task = await undelivered();
  await redis.hset(key('task', task), 'delivery.failed', `1 ${state} 1 1 4 0 0 0 -`);
  await loseJobs();
  await pass();
  expect(await queues.byName.deliver.count()).toBe(0);
  expect(await redis.exists(key('undelivered'))).toBe(0);
});

test('a pass goes over more than one batch, and several at once repair each task once', async () => {
  const [{ queued, repairs, redis, queues, deps }, other] = [setup(), setup()];
  await Promise.all(Array.from({ length: 250 }, () => queued()));
  await loseJobs();
  for (const task of await redis.zrange(key('open'), '0', '-1')) await redis.zadd(key('open'), 1, task);
  await Promise.all([reconcile(deps), reconcile(other.deps)]);
  expect(await queues.byName.submit.count()).toBe(250);
  expect((await repairs()) + (await other.repairs())).toBe(250);
});

test('the real worker puts back what was lost, and both tasks end within seconds', async () => {
  const { queued, submitting, store, redis } = setup();
  await requireDataFormat(redis, DEFAULT_TAG); // as every process does at its start
  const env = { SIMULATOR_PORT: String(await freePort()), SIMULATOR_MEDIAN: '200ms' };
  const upstream = `http://127.0.0.1:${env.SIMULATOR_PORT}`;
  const run = (name: string, more: Record<string, string>) => {
    const started = startProcess({ name, script: `services/${name}/src/main.ts`, env: more });
    onTestFinished(() => started.stop().then(() => {}));
    return started;
  };
  await run('simulator', env).ready;
  const answer = await fetch(`${upstream}/v1/tasks/submit`, {
    method: 'POST',
    headers: { authorization: 'k', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/sora-2/text-to-video', input: { prompt: 'A lake' } }),
  });
  const { output } = (await answer.json()) as { output: { task_id: string } };

  const [first, second] = [await queued(), await submitting()];
  const taken = { upstreamTaskId: output.task_id, requestId: undefined, events: [], firstPollMs: 1_000 };
  await store.moves.submitted({ task: second, claim: 1, ...taken });
  await loseJobs();
  await redis.zadd(key('open'), 1, first);
  const worker = { MODELVERSE_API_KEY: 'k', MODELVERSE_BASE_URL: upstream, POLL_INTERVAL: '100ms' };
  const { ready } = run('generation-worker', { REDIS_URL: shared.url, ...worker });
  await ready;
  for (const task of [first, second]) {
    await eventually(async () => expect((await store.read(task))?.status).toBe('succeeded'), { timeoutMs: 10_000 });
  }
  const ledger = (await (await fetch(`${upstream}/_sim/ledger?kind=submit`)).json()) as { data: unknown[] };
  expect(ledger.data).toHaveLength(2);
});
