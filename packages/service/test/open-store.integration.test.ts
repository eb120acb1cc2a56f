import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectPatiently } from '@reelay/redis';
import { acceptTask, newTaskId } from '@reelay/tasks';
import { createLogger, createMetrics } from '@reelay/telemetry';
import { eventually, freePort, redisForTests, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openStore, serveWorkerHealth } from '../src/index.ts';

const shared = redisForTests();
const HOUR_MS = 3_600_000;

function setup(url = shared.url) {
  const log = createLogger({ service: 'test', level: 'silent' });
  const warnings = vi.spyOn(log, 'warn');
  const redis = connectPatiently(url, log);
  const local = { monotonicMs: () => performance.now(), wallMs: Date.now };
  const open = openStore(redis, { retentionMs: 2 * HOUR_MS, payloadRetentionMs: HOUR_MS }, { log, local });
  onTestFinished(() => open.close());
  return { ...open, warnings };
}

async function accept({ redis, store, tag, clock }: ReturnType<typeof setup>, prompt = 'A lake'): Promise<string> {
  const task = {
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
    maxResubmits: 0,
    retryOf: undefined,
    traceparent: undefined,
    payload: { input: { prompt } },
  } as const;
  const waits = { commandTimeoutMs: 5_000, resolveWithinMs: 5_000, sleep: (ms: number) => sleep(ms) };
  const deps = { redis, commit: store.commit, tag, clock, ...waits };
  expect(await acceptTask(deps, task, {})).toEqual({ kind: 'accepted', id: task.id });
  return task.id;
}

const cancel = ({ store }: ReturnType<typeof setup>, task: string) =>
  store.moves.finish({
    task,
    claim: 0,
    ending: { status: 'canceled', error: { code: 'canceled', message: 'x', retryable: false, billed: 'no' } },
  });

test('a store takes a task with its job, on the one connection that it was given', async () => {
  const open = setup();
  const task = await accept(open);
  expect(await open.store.read(task)).toMatchObject({ status: 'queued' });
  expect(await open.queues.byName.submit.getJobState(`${task}-submit-0`)).toBe('prioritized');
  expect(await shared.client.exists(`{reelay}:task:${task}`)).toBe(1);
});

test('its clock goes by Redis', async () => {
  const { clock, redis } = setup();
  const [seconds] = await redis.time();
  await eventually(() => expect(Math.abs(clock.now() - Number(seconds) * 1_000)).toBeLessThan(2_000));
});

test('an ended task and a large payload are kept for as long as the settings say', async () => {
  const open = setup();
  const task = await accept(open, 'x'.repeat(20_000));
  await cancel(open, task);
  const [record, payload] = [`{reelay}:task:${task}`, `{reelay}:payload:${task}`];
  const left = [await shared.client.pttl(record), await shared.client.pttl(payload)];
  expect(left.map((ms) => Math.round(ms / HOUR_MS))).toEqual([2, 1]);
});

test('a job that cannot be added is told; the task is accepted all the same', async () => {
  const open = setup();
  await shared.client.set('{reelay}:submit:id', 'BullMQ counts its jobs here');
  const task = await accept(open);
  expect(open.warnings).toHaveBeenCalledWith(
    expect.objectContaining({ job: `${task}-submit-0`, err: expect.any(Error) }),
    'A job could not be added; the reconciler will',
  );
  expect(await open.store.read(task)).toMatchObject({ status: 'queued' });
});

test('a closed store leaves no connection open', async () => {
  const open = setup();
  await accept(open);
  const id = await open.redis.client('ID');
  const connected = async () => String(await shared.client.client('LIST')).includes(`id=${id} `);
  expect(await connected()).toBe(true);
  await open.close();
  await eventually(async () => expect(await connected()).toBe(false));
  expect(open.redis.status).toBe('end');
});

test("a worker's port says that it lives, and that it is ready while Redis answers", async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const { redis } = setup(server.url);
  const port = await freePort();
  const close = await serveWorkerHealth(
    { workerHost: '127.0.0.1', workerPort: port },
    { metrics: createMetrics('test'), redis },
  );
  onTestFinished(close);
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  await eventually(async () => expect(await status('/readyz')).toBe(200));
  server.kill('SIGKILL');
  await server.exited();
  await eventually(async () => expect(await status('/readyz')).toBe(503));
  expect(await status('/livez')).toBe(200);
  await server.restart();
  await eventually(async () => expect(await status('/readyz')).toBe(200));
});

test("a worker's port is free again when it was closed", async () => {
  const { redis } = setup();
  const about = { metrics: createMetrics('test'), redis };
  const config = { workerHost: '127.0.0.1', workerPort: await freePort() };
  (await serveWorkerHealth(config, about))();
  const close = await eventually(() => serveWorkerHealth(config, about));
  close();
});
