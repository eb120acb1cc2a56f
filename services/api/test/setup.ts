import { randomBytes, randomUUID } from 'node:crypto';
import { loadCatalogue } from '@reelay/modelverse';
import { connectImpatiently, connectPatiently } from '@reelay/redis';
import { openStore } from '@reelay/service';
import { createLogger, createMetrics } from '@reelay/telemetry';
import { Ajv } from 'ajv';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type ApiDeps, buildApp } from '../src/app.ts';
import type { StreamLimits } from '../src/events/open-streams.ts';
import { COMMAND_TIMEOUT_MS, RESOLVE_WITHIN_MS } from '../src/limits.ts';
import { NAMED } from '../src/schemas.ts';
import { depsOnStore } from '../src/store.ts';

export const ADMIN_KEY = 'the-admin-key-of-these-tests-0123456789';
export const SECRET_KEY = Buffer.alloc(32, 'tests');

const HOUR_MS = 3_600_000;
const SILENT = createLogger({ service: 'api', level: 'silent' });

export interface SetupOptions {
  readonly rules?: Partial<ApiDeps['rules']>;
  readonly limits?: Partial<ApiDeps['limits']>;
  readonly streamLimits?: Partial<StreamLimits>;
  readonly timeouts?: { readonly commandTimeoutMs: number; readonly resolveWithinMs: number };
  /** Default: the process's own. */
  monotonicMs?(): number;
  /** Default: Redis was judged safe. */
  isSafe?(): boolean;
}

const TIMEOUTS = { commandTimeoutMs: COMMAND_TIMEOUT_MS, resolveWithinMs: RESOLVE_WITHIN_MS };
const CATALOGUE = loadCatalogue();

/** The api on a real Redis, listening, with a caller and its key. Everything is closed at the test's end. */
export async function startApi(redisUrl: string, options: SetupOptions = {}) {
  const { timeouts = TIMEOUTS, monotonicMs = () => performance.now(), isSafe = () => true } = options;
  const redis = connectImpatiently(redisUrl, SILENT, timeouts.commandTimeoutMs);
  const local = { monotonicMs, wallMs: () => Date.now() };
  const retention = { retentionMs: HOUR_MS, payloadRetentionMs: HOUR_MS };
  const store = openStore(redis, retention, { log: SILENT, local });
  const deps = depsOnStore(store, {
    ...timeouts,
    secretKey: SECRET_KEY,
    oldSecretKeys: [],
    randomBytes,
    isSafe,
    subscriber: connectPatiently(redisUrl, SILENT),
    log: SILENT,
    streamLimits: options.streamLimits,
  });
  const app = await buildApp({
    ...deps,
    rules: {
      catalogue: CATALOGUE,
      unknownModels: 'reject',
      addressRules: { allowHttp: true, allowedCidrs: ['127.0.0.0/8'] },
      startWithinMs: 24 * HOUR_MS,
      finishWithinMs: 2 * HOUR_MS,
      ...options.rules,
    },
    adminKey: ADMIN_KEY,
    logger: SILENT,
    metrics: createMetrics('api'),
    randomBytes,
    monotonicMs,
    newRequestId: () => randomUUID(),
    limits: { maxBodyBytes: 64 * 1024, trustProxy: [], ...options.limits },
  });
  onTestFinished(async () => {
    await app.close();
    await store.close();
  });
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const key = await makeCaller(deps, 'acme');
  return { app, url, store: deps, redis, key, ...clientOf(url, key) };
}

/** A caller and a key of it. */
export async function makeCaller(
  store: Pick<ApiDeps, 'callers' | 'keys'>,
  id: string,
  scopes: ('read' | 'submit' | 'admin')[] = ['read', 'submit'],
): Promise<string> {
  await store.callers.create({ id });
  const key = await store.keys.create(id, { scopes });
  if (typeof key === 'string') throw new Error(`the caller ${id} gets no key: ${key}`);
  return key.key;
}

/** Requests over real HTTP; a body that is a text goes as it is. */
export function clientOf(url: string, key: string) {
  const send = async (method: string, path: string, options: { body?: unknown; headers?: object } = {}) => {
    const { body } = options;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : json(text) };
  };
  return {
    send,
    get: (path: string, headers: object = {}) => send('GET', path, { headers }),
    submit: (body: unknown, headers: object = {}) => send('POST', '/v1/tasks/submit', { body, headers }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests read the wire as a stranger would and assert on what is there.
function json(text: string): any {
  return JSON.parse(text);
}

/** The seed's example. */
export function aBody(changes: object = {}) {
  return {
    model: 'openai/sora-2/text-to-video',
    input: { prompt: 'A beautiful girl is dancing' },
    parameters: { size: '720x1280', duration: 4 },
    ...changes,
  };
}

/** How many tasks were accepted, and how many jobs stand in any queue. */
export async function enqueued(client: Redis): Promise<{ tasks: number; jobs: number }> {
  const keys = await client.keys('{reelay}:*');
  const jobs = keys.filter((key) => /^\{reelay\}:(submit|poll|deliver):task_[^:]+$/.test(key));
  const tasks = keys.filter((key) => /^\{reelay\}:task:[^:]+$/.test(key));
  return { tasks: tasks.length, jobs: jobs.length };
}

const ajv = new Ajv({ strict: false, formats: { 'date-time': true }, schemas: [...Object.values(NAMED)] });

/** What does not fit in an answer by its schema in the OpenAPI document; empty when all does. */
export function misfits(schema: keyof typeof NAMED, answer: unknown): unknown[] {
  return ajv.validate(`${schema}#`, answer) ? [] : (ajv.errors ?? []);
}
