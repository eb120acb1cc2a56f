import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connectPatiently } from '@reelay/redis';
import { openStore } from '@reelay/service';
import { createLogger } from '@reelay/telemetry';
import { eventually, type SharedRedis, startProcess, type TestProcess } from '@reelay/testing';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { aBody, SECRET_KEY, type SetupOptions, startApi } from './setup.ts';

const SILENT = createLogger({ service: 'test', level: 'silent' });
const HOUR_MS = 3_600_000;

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that keeps what comes and answers with `status`, once `before` is done; a test may change both. */
export async function startReceiver() {
  const receiver = { url: '', status: 204, received: [] as Received[], before: async () => {} };
  const server = createServer(async (request, response) => {
    receiver.received.push({ headers: request.headers, body: await text(request) });
    await receiver.before();
    response.writeHead(receiver.status).end('seen');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return receiver;
}

/** The api with a caller, and tasks of it that end at once: canceled, so that nothing has to generate them. */
export async function startWithTasks(redisUrl: string, options: SetupOptions = {}) {
  const api = await startApi(redisUrl, options);
  const redis = connectPatiently(redisUrl, SILENT);
  const local = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const { store, queues, close } = openStore(
    redis,
    { retentionMs: HOUR_MS, payloadRetentionMs: HOUR_MS },
    { log: SILENT, local },
  );
  onTestFinished(close);

  async function queuedTask(body: object = {}, submit = api.submit): Promise<string> {
    const { json } = await submit(aBody(body));
    return json.output.task_id;
  }
  async function endedTask(body: object = {}, submit = api.submit): Promise<string> {
    const task = await queuedTask(body, submit);
    const error = { code: 'canceled_by_caller', message: 'No.', retryable: false, billed: 'no' } as const;
    await store.moves.finish({ task, claim: 0, ending: { status: 'canceled', error } });
    return task;
  }
  /** The delivery of the task's end, once it is as `expected`. */
  const delivery = (task: string, expected: object) =>
    eventually(async () => {
      const { json } = await api.get(`/v1/tasks/${task}/deliveries`);
      expect(json.data[0]).toMatchObject(expected);
      return json.data[0];
    });
  const post = (path: string, body?: unknown) => api.send('POST', path, { body });
  const put = (body: unknown) => api.send('PUT', '/v1/webhook', { body });
  return { ...api, queues, queuedTask, endedTask, delivery, post, put };
}

/** A real webhook-worker for all tests of a file. The second retry comes after a minute, so it stands scheduled. */
export function webhookWorkerForTests(shared: SharedRedis): { kill(signal: 'SIGSTOP' | 'SIGCONT'): void } {
  let worker: TestProcess | undefined;
  beforeAll(async () => {
    worker = startProcess({
      name: 'webhook-worker',
      script: 'services/webhook-worker/src/main.ts',
      env: {
        REDIS_URL: shared.url,
        REELAY_SECRET_KEY: SECRET_KEY.toString('base64'),
        WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
        WEBHOOK_ALLOW_HTTP: 'true',
        WEBHOOK_RETRY_SCHEDULE: '300ms,60s',
      },
    });
    await worker.ready;
  });
  afterAll(() => worker?.stop());
  return { kill: (signal) => worker?.kill(signal) };
}
