import { redisForTests, startProcess } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ADMIN_KEY, clientOf } from './setup.ts';
import { openStream } from './sse-client.ts';

const redis = redisForTests();

const FELT_WITHIN_MS = 5_000;

async function startProcessOfApi(): Promise<string> {
  const secrets = { REELAY_ADMIN_KEY: ADMIN_KEY, REELAY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
  const script = 'services/api/src/main.ts';
  const api = startProcess({ name: 'api', script, env: { PORT: '0', REDIS_URL: redis.url, ...secrets } });
  onTestFinished(() => api.kill('SIGKILL'));
  return String((await api.ready)['url']);
}

test('what an operator takes away at one process, the other one takes away within 5 seconds, streams included', {
  timeout: 20_000,
}, async () => {
  const [here, there] = await Promise.all([startProcessOfApi(), startProcessOfApi()]);
  const operator = clientOf(here, ADMIN_KEY);
  async function addCaller(id: string) {
    await operator.send('POST', '/v1/admin/callers', { body: { id } });
    const path = `/v1/admin/callers/${id}`;
    const { json } = await operator.send('POST', `${path}/keys`, { body: { scopes: ['read'] } });
    const { get } = clientOf(there, json.key);
    const key = String(json.key);
    return { path, key, kid: String(json.kid), ask: () => get('/v1/tasks/x') };
  }
  const [revoked, streaming, deleted, limited] = [
    await addCaller('revoked'),
    await addCaller('streaming'),
    await addCaller('deleted'),
    await addCaller('limited'),
  ];

  /** From the operator's answer until the other process shows the change, with its memory as fresh as can be. */
  async function feltAfter({ ask }: typeof revoked, change: () => Promise<unknown>, status: number): Promise<number> {
    expect((await ask()).status).toBe(404);
    await change();
    const from = performance.now();
    await expect.poll(async () => (await ask()).status, { interval: 50, timeout: 2 * FELT_WITHIN_MS }).toBe(status);
    return performance.now() - from;
  }
  /** The same until a stream of it ends, which is judged less often than its key is asked for. */
  async function endsAfter({ key, ask }: typeof revoked, change: () => Promise<unknown>): Promise<number> {
    const stream = await openStream(`${there}/v1/events`, key);
    expect((await ask()).status).toBe(404);
    await change();
    const from = performance.now();
    await stream.ended;
    return performance.now() - from;
  }
  const body = { limits: { requests_per_minute: 1 } };
  const waits = await Promise.all([
    feltAfter(revoked, () => operator.send('DELETE', `${revoked.path}/keys/${revoked.kid}`), 401),
    endsAfter(streaming, () => operator.send('DELETE', `${streaming.path}/keys/${streaming.kid}`)),
    feltAfter(deleted, () => operator.send('DELETE', deleted.path), 401),
    feltAfter(limited, () => operator.send('PATCH', limited.path, { body }), 429),
  ]);
  expect(Math.max(...waits)).toBeLessThan(FELT_WITHIN_MS);
  expect(Math.min(...waits)).toBeGreaterThan(1_000); // it was remembered: the other process did not ask Redis each time
});
