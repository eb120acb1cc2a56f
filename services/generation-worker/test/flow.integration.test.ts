/**
 * The flow [2] to [7] through the real processes: two workers of each kind, the simulator, one Redis. Tasks are put in
 * as the api does. `[stall]` is left out: it is the upstream client's headers timeout of a minute.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCallers, createKeys, ensureDevCaller } from '@reelay/callers';
import { DEVELOPMENT_SECRET_KEY } from '@reelay/config';
import type { EventType, TaskStatus } from '@reelay/contracts';
import { connectImpatiently, requireDataFormat } from '@reelay/redis';
import { type OpenStore, openStore } from '@reelay/service';
import { acceptTask, newTaskId, type TaskRecord } from '@reelay/tasks';
import { createLogger } from '@reelay/telemetry';
import { eventually, freePort, startProcess, startRedis, type TestProcess } from '@reelay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EVERY_TASK_ENDS_WITHIN_MS = 20_000;
const log = createLogger({ service: 'test', level: 'silent' });

/** What is asked for, how the task ends, and what the simulator saw: POSTs, and created tasks. */
interface Expected {
  prompt: string;
  status: TaskStatus;
  code?: string;
  posts: number;
  created: 0 | 1;
}

const SCENARIOS: readonly Expected[] = [
  { prompt: 'plain', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[slow][takes=100ms]', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[weird-status]', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[flaky]', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[429-status]', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[slow-answer]', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[answer-after=800ms]', status: 'succeeded', posts: 1, created: 1 },
  { prompt: '[429]', status: 'succeeded', posts: 3, created: 1 },
  { prompt: '[fail]', status: 'failed', code: 'generation_failed', posts: 1, created: 1 },
  { prompt: '[expired]', status: 'expired', code: 'upstream_expired', posts: 1, created: 1 },
  { prompt: '[cancelled]', status: 'canceled', code: 'upstream_canceled', posts: 1, created: 1 },
  { prompt: '[no-urls]', status: 'failed', code: 'result_missing', posts: 1, created: 1 },
  { prompt: '[forget]', status: 'failed', code: 'upstream_task_lost', posts: 1, created: 1 },
  { prompt: '[500]', status: 'failed', code: 'submit_unknown', posts: 1, created: 0 },
  { prompt: '[502]', status: 'failed', code: 'submit_unknown', posts: 1, created: 0 },
  { prompt: '[504]', status: 'failed', code: 'submit_unknown', posts: 1, created: 0 },
  { prompt: '[drop]', status: 'failed', code: 'submit_unknown', posts: 1, created: 1 },
  { prompt: '[reset]', status: 'failed', code: 'submit_unknown', posts: 1, created: 1 },
  { prompt: '[no-id]', status: 'failed', code: 'submit_unknown', posts: 1, created: 1 },
  { prompt: '[bad-json]', status: 'failed', code: 'submit_unknown', posts: 1, created: 1 },
  { prompt: '[model-gone]', status: 'failed', code: 'model_unavailable', posts: 1, created: 0 },
  { prompt: '[refuse]', status: 'failed', code: 'content_refused', posts: 1, created: 0 },
];
const EVERY_EVENT: readonly EventType[] = ['task.submitted', 'task.running', 'task.succeeded'];

interface Caught {
  path: string;
  signature: string;
  headers: Record<string, string>;
  body: { type: string; data: { id: string; status: string; sequence: number; urls: string[]; error: unknown } };
}
interface Posted {
  task_id?: string;
  body: { input: { prompt: string } };
}

const stops: (() => Promise<unknown>)[] = [];
const tasks = new Map<string, string>();
let processes: Record<'simulator' | 'workers', TestProcess[]>;
let open: OpenStore;
let simulator: string;

beforeAll(async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const connection = connectImpatiently(redis.url, log, 2_000);
  const local = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  open = openStore(connection, { retentionMs: 3_600_000, payloadRetentionMs: 3_600_000 }, { log, local });
  stops.push(() => open.close());
  await eventually(() => connection.ping());
  await requireDataFormat(connection, open.tag);
  const account = { redis: connection, tag: open.tag, now: open.clock.now, randomBytes };
  const callers = createCallers({ ...account, secretKey: DEVELOPMENT_SECRET_KEY });
  const { webhookSecret } = await ensureDevCaller(callers, createKeys(account));

  const port = await freePort();
  simulator = `http://127.0.0.1:${port}`;
  processes = start(redis.url, { port, webhookSecret });
  await Promise.all(Object.values(processes).flatMap((group) => group.map(({ ready }) => ready)));

  for (const { prompt } of SCENARIOS) await accept(prompt);
  await accept('[takes=700ms] every event', EVERY_EVENT);
  await eventually(everyTaskEnded, { timeoutMs: EVERY_TASK_ENDS_WITHIN_MS, everyMs: 50 });
  await eventually(everythingDelivered, { everyMs: 50 });
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

function start(redisUrl: string, sim: { port: number; webhookSecret: string }) {
  const run = (name: string, env: Record<string, string>) => {
    const started = startProcess({ name, script: `services/${name}/src/main.ts`, env });
    stops.push(() => started.stop());
    return started;
  };
  const env = {
    REDIS_URL: redisUrl,
    MODELVERSE_API_KEY: 'k',
    MODELVERSE_BASE_URL: simulator,
    POLL_INTERVAL: '100ms',
    WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    WEBHOOK_ALLOW_HTTP: 'true',
  };
  const simulated = run('simulator', {
    SIMULATOR_PORT: String(sim.port),
    SIMULATOR_MEDIAN: '300ms',
    SIMULATOR_WEBHOOK_SECRETS: sim.webhookSecret,
  });
  const names = ['generation-worker', 'generation-worker', 'webhook-worker', 'webhook-worker'];
  return { simulator: [simulated], workers: names.map((name) => run(name, env)) };
}

async function accept(prompt: string, webhookEvents?: readonly EventType[]): Promise<void> {
  const { redis, store, tag, clock } = open;
  const waits = { commandTimeoutMs: 2_000, resolveWithinMs: 3_000, sleep: (ms: number) => sleep(ms) };
  const task = {
    id: newTaskId(Date.now(), randomBytes),
    caller: 'dev',
    model: 'openai/sora-2/text-to-video',
    priority: 'normal',
    metadata: { prompt },
    webhookUrl: `${simulator}/inbox/flow`,
    webhookEvents,
    startWithinMs: 60_000,
    finishWithinMs: 60_000,
    onSubmitUnknown: 'fail',
    maxResubmits: 1,
    retryOf: undefined,
    traceparent: undefined,
    payload: { input: { prompt } },
  } as const;
  const accepting = acceptTask({ redis, commit: store.commit, tag, clock, ...waits }, task, {});
  expect(await accepting).toEqual({ kind: 'accepted', id: task.id });
  tasks.set(prompt, task.id);
}

async function taskOf(prompt: string): Promise<TaskRecord> {
  const task = await open.store.read(tasks.get(prompt) ?? '');
  if (!task) throw new Error(`There is no task for ${prompt}`);
  return task;
}

async function everyTaskEnded(): Promise<void> {
  for (const prompt of tasks.keys()) {
    const task = await taskOf(prompt);
    if (!('finishedAt' in task)) throw new Error(`${prompt} is still ${task.status}: ${JSON.stringify(task.timeline)}`);
  }
}

async function everythingDelivered(): Promise<void> {
  expect(await open.redis.zcard(`${open.tag}:undelivered`)).toBe(0);
}

async function listOf<T>(path: string): Promise<T[]> {
  const answer = (await (await fetch(`${simulator}${path}`)).json()) as { data: T[] };
  return answer.data;
}

async function webhooksOf(prompt: string): Promise<Caught[]> {
  const caught = await listOf<Caught>('/inbox?limit=1000');
  return caught
    .filter(({ body }) => body.data.id === tasks.get(prompt))
    .sort((a, b) => a.body.data.sequence - b.body.data.sequence);
}

test.each(SCENARIOS)('$prompt ends as $status ($code)', async ({ prompt, status, code }) => {
  const task = await taskOf(prompt);
  expect(task.status).toBe(status);
  expect('error' in task ? task.error.code : undefined).toBe(code);
  expect('result' in task ? task.result.urls.length : 0).toBe(status === 'succeeded' ? 1 : 0);
});

test.each(SCENARIOS)(
  'for $prompt the upstream got $posts POST(s) and made $created task(s)',
  async ({ prompt, posts, created }) => {
    const entries = (await listOf<Posted>('/_sim/ledger?kind=submit')).filter(
      ({ body }) => body.input.prompt === prompt,
    );
    expect([entries.length, entries.filter(({ task_id }) => task_id).length]).toEqual([posts, created]);
  },
);

test.each(SCENARIOS)(
  'of $prompt its caller was told once, and the signature is right',
  async ({ prompt, status, code }) => {
    const webhooks = await webhooksOf(prompt);
    expect(webhooks.map(({ signature, body }) => [signature, body.type, body.data.status])).toEqual([
      ['valid', `task.${status}`, status],
    ]);
    const error = code ? expect.objectContaining({ code }) : null;
    expect(webhooks[0]?.body.data).toMatchObject({ error, metadata: { prompt } });
  },
);

test('events that were asked for come besides, each once, in the order of their sequence', async () => {
  const webhooks = await webhooksOf('[takes=700ms] every event');
  expect(webhooks.map(({ body }) => body.type)).toEqual(EVERY_EVENT);
  expect(new Set(webhooks.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
});

test('the url of a result serves the video', async () => {
  const { body } = (await webhooksOf('plain'))[0] ?? {};
  const video = await fetch(body?.data.urls[0] ?? '');
  expect([video.status, video.headers.get('content-type')]).toEqual([200, 'video/mp4']);
});

test('nothing is left open, in flight or in a queue', async () => {
  const { redis, tag, queues } = open;
  expect(await redis.exists(`${tag}:open`, `${tag}:polls`)).toBe(0);
  expect(Number(await redis.get(`${tag}:account:default:in_flight`))).toBe(0);
  for (const queue of Object.values(queues.byName)) {
    const counts = await eventually(async () => {
      const found = await queue.getJobCounts('active', 'waiting', 'prioritized', 'delayed', 'failed', 'completed');
      expect(Object.values(found).reduce((sum, count) => sum + count, 0)).toBe(0);
      return found;
    });
    expect(counts).toBeDefined();
  }
});

test('no step threw, and the workers end cleanly when they are told to', async () => {
  const endings = await Promise.all(processes.workers.map((worker) => worker.stop()));
  expect(endings).toEqual(endings.map(() => ({ code: 0, signal: null })));
  for (const { lines } of processes.workers) {
    const alarms = lines.filter(
      ({ level, msg }) => level === 'fatal' || level === undefined || /step threw/i.test(String(msg)),
    );
    expect(alarms).toEqual([]);
  }
});
