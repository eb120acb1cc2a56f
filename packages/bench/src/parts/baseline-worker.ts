import { DelayedError, type Job, Queue, Worker } from 'bullmq';
import { Pool } from 'undici';
import {
  type BaselineSettings,
  connectionOf,
  JOB_OPTIONS,
  type StepData,
  TASKS,
  WEBHOOKS,
  type WebhookData,
} from './baseline.ts';
import { settingsOf } from './conversation.ts';

const settings = settingsOf<BaselineSettings>();
const connection = connectionOf(settings);
const upstream = new Pool(`http://127.0.0.1:${settings.upstreamPort}`, { connections: 128, allowH2: false });
const webhooks = new Queue<WebhookData>(WEBHOOKS, { connection, defaultJobOptions: JOB_OPTIONS });

interface Answer {
  readonly output: { readonly task_id: string; readonly task_status?: string; readonly urls?: readonly string[] };
}

async function ask(method: 'GET' | 'POST', path: string, body?: string): Promise<Answer['output']> {
  const headers = { authorization: 'upstream-key', ...(body && { 'content-type': 'application/json' }) };
  const answer = await upstream.request({ method, path, headers, ...(body && { body }) });
  if (answer.statusCode !== 200) throw new Error(`The upstream answered ${answer.statusCode}`);
  return ((await answer.body.json()) as Answer).output;
}

async function step(job: Job<StepData>, token?: string): Promise<readonly string[]> {
  const { task, upstreamId } = job.data;
  if (upstreamId === undefined) {
    const { model, input, parameters } = task;
    const { task_id } = await ask('POST', '/v1/tasks/submit', JSON.stringify({ model, input, parameters }));
    await job.updateData({ task, upstreamId: task_id });
    return later(job, token);
  }
  const { task_status, urls = [] } = await ask('GET', `/v1/tasks/status?task_id=${upstreamId}`);
  if (task_status !== 'Success') return later(job, token);
  const url = task.webhook_url;
  if (url) await webhooks.add('deliver', { url, body: { task: job.id, status: 'succeeded', urls } });
  return urls;
}

async function later(job: Job<StepData>, token?: string): Promise<never> {
  await job.moveToDelayed(Date.now() + settings.intervalMs, token);
  throw new DelayedError();
}

const worker = new Worker<StepData, readonly string[]>(TASKS, step, { connection, concurrency: settings.concurrency });
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();
console.log('{"msg":"ready"}');
process.on('SIGTERM', () => process.exit(0));
