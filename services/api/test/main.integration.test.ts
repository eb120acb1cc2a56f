import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { DEFAULT_TAG } from '@reelay/redis';
import { freePort, handedOn, redisForTests, startProcess, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf } from './setup.ts';

const redis = redisForTests();

const SECRETS = { REELAY_ADMIN_KEY: ADMIN_KEY, REELAY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };

/** main.ts as a process of its own; killed at the test's end if it still runs. */
function run(env: Record<string, string> = {}) {
  const api = startProcess({
    name: 'api',
    script: 'services/api/src/main.ts',
    env: { PORT: '0', REDIS_URL: redis.url, ...SECRETS, ...env },
  });
  onTestFinished(() => api.kill('SIGKILL'));
  return api;
}

/** A key of a new caller, made over HTTP as an operator would. */
async function makeKey(url: string): Promise<string> {
  const operator = clientOf(url, ADMIN_KEY);
  await operator.send('POST', '/v1/admin/callers', { body: { id: 'acme' } });
  const body = { scopes: ['read', 'submit'] };
  return (await operator.send('POST', '/v1/admin/callers/acme/keys', { body })).json.key;
}

test('it says ready with its url, accepts a task, logs no secret, and SIGTERM ends it with 0', async () => {
  const api = run({ LOG_LEVEL: 'trace' });
  const { url } = await api.ready;
  const key = await makeKey(String(url));
  const client = clientOf(String(url), key);
  const { json } = await client.submit(aBody(), { 'x-request-id': 'find-me', 'idempotency-key': 'secret-idem' });
  await client.submit('{"beautiful":', {});
  const line = await api.waitForLog((one) => one['request_id'] === 'find-me');
  expect(line).toMatchObject({
    msg: 'request',
    method: 'POST',
    route: '/v1/tasks/submit',
    status: 200,
    caller: 'acme',
  });
  expect(line['ms']).toEqual(expect.any(Number));
  expect(json.output.task_id).toMatch(/^task_/);
  expect(await api.stop()).toEqual({ code: 0, signal: null });
  expect(JSON.stringify(api.lines)).not.toMatch(new RegExp(`beautiful|secret-idem|${ADMIN_KEY}|${key}|whsec_`, 'i'));
});

test('a fault of ours is told with the request that met it', async () => {
  const api = run({ LOG_LEVEL: 'info' });
  const { url } = await api.ready;
  const client = clientOf(String(url), await makeKey(String(url)));
  const { json } = await client.submit(aBody());
  await redis.client.hset(`${DEFAULT_TAG}:task:${json.output.task_id}`, 'v', '99');
  await client.send('GET', '/v1/tasks', { headers: { 'x-request-id': 'met-it' } });
  expect(await api.waitForLog((line) => line['request_id'] === 'met-it' && line['level'] === 'error')).toMatchObject({
    tasks: [json.output.task_id],
  });
});

test('every bad setting is told at once, exit 78', async () => {
  const api = run({ PORT: 'x', MAX_BODY: '1', REDIS_URL: 'http://no', REELAY_ADMIN_KEY: 'short' });
  expect(await api.exited).toEqual({ code: 78, signal: null });
  const names = api.lines.map((line) => String(line['msg']).split(' ')[0]);
  expect(names.sort()).toEqual(['MAX_BODY', 'PORT', 'REDIS_URL', 'REELAY_ADMIN_KEY']);
});

test('a taken port is one plain sentence, exit 1', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const api = run({ PORT: String(port) });
  expect(await api.exited).toEqual({ code: 1, signal: null });
  const sentence = `Port ${port} on 127.0.0.1 is taken: stop the program that uses it, or set PORT to a free port.`;
  expect(api.lines.map((line) => line['msg'])).toContain(sentence);
});

test('it starts before Redis, answers 503, says so, and is ready when Redis comes', async () => {
  const late = await startRedis();
  onTestFinished(() => late.stop());
  late.kill('SIGKILL');
  await late.exited();
  const port = await freePort();
  const api = run({ REDIS_URL: late.url, PORT: String(port) });
  await api.waitForLog((line) => String(line['msg']).startsWith('Redis does not answer; requests get a 503'));
  const url = `http://127.0.0.1:${port}`;
  expect((await clientOf(url, 'k').submit(aBody())).json.code).toBe('unavailable');
  await late.restart();
  await api.ready;
  expect((await clientOf(url, await makeKey(url)).submit(aBody())).status).toBe(200);
  expect(await api.stop()).toEqual({ code: 0, signal: null });
});

test('production refuses a Redis that can lose tasks, exit 78, and SIGTERM without any Redis is 0', async () => {
  await redis.client.config('SET', 'appendfsync', 'everysec');
  const api = run({ NODE_ENV: 'production' });
  expect(await api.exited).toEqual({ code: 78, signal: null });
  expect(api.lines.at(-1)?.['msg']).toMatch(/appendfsync must be always.*REDIS_ALLOW_UNSAFE/);
  await redis.client.config('SET', 'appendfsync', 'always');
  const alone = run({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
  await alone.waitForLog((line) => String(line['msg']).startsWith('listening'));
  expect(await alone.stop()).toEqual({ code: 0, signal: null });
});

test('an upload that stands still does not keep it from ending with 0', async () => {
  const api = run({ SHUTDOWN_GRACE: '1s' });
  const { url } = await api.ready;
  const key = await makeKey(String(url));
  const stalled = fetch(`${url}/v1/tasks/submit`, {
    method: 'POST',
    headers: { authorization: key, 'content-type': 'application/json' },
    body: new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{')) }),
    duplex: 'half',
  });
  const cut = expect(stalled).rejects.toThrow();
  await clientOf(String(url), key).get('/livez');
  expect(await api.stop()).toEqual({ code: 0, signal: null });
  await cut;
});

test('it ends by itself when its parent’s end of the channel closes', async () => {
  const child = fork('services/api/src/main.ts', {
    env: { ...handedOn, PORT: '0', REDIS_URL: redis.url },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  if (child.stdout) for await (const chunk of child.stdout) if (String(chunk).includes('"ready"')) break;
  child.disconnect();
  expect(await ended).toEqual([0, null]);
});
