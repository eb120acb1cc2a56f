import { readFileSync } from 'node:fs';
import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { ADMIN_KEY, aBody, clientOf, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

/** The api, and its figures as Prometheus reads them. */
async function setup(options: Parameters<typeof startApi>[1] = {}) {
  const api = await startApi(redis.url, options);
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const text = async () => (await fetch(`${api.url}/metrics`, { headers })).text();
  return { ...api, text };
}

test('answers are counted by route, status and code, and their times as well', async () => {
  const { submit, get, text } = await setup();
  await submit(aBody());
  await get('/v1/tasks/task_of-nobody?secret=1');
  const figures = await text();
  expect(figures).toContain(
    'reelay_http_requests_total{method="POST",route="/v1/tasks/submit",status="200",code="",service="api"} 1',
  );
  expect(figures).toContain(
    'reelay_http_requests_total{method="GET",route="/v1/tasks/:id",status="404",code="task_not_found",service="api"} 1',
  );
  expect(figures).toContain('reelay_http_request_seconds_count{service="api",method="GET",route="/v1/tasks/:id"} 1');
  expect(figures).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(figures).not.toMatch(/of-nobody|secret|acme/);
});

test('accepts are counted by what became of them', async () => {
  const { submit, text } = await setup();
  const key = { 'idempotency-key': 'k' };
  await submit(aBody(), key);
  await submit(aBody(), key);
  await submit(aBody({ priority: 'low' }), key);
  await submit(aBody({ model: 'nobody/knows' }));
  const figures = await text();
  const outcomes = [...figures.matchAll(/^reelay_accepts_total\{outcome="(\w+)".*\} (\d+)$/gm)].map((one) =>
    one.slice(1),
  );
  expect(Object.fromEntries(outcomes)).toEqual({
    accepted: '1',
    replayed: '1',
    idempotency_key_reused: '1',
    model_unknown: '1',
  });
});

test('requests refused as too many are counted by what was counted', async () => {
  const { store, get, url, text } = await setup();
  await store.callers.change('acme', { limits: { requests_per_minute: 1 } });
  for (let n = 0; n < 3; n++) await get('/v1/tasks/x');
  for (let n = 0; n < 31; n++) await clientOf(url, `rk_wrong${n}_key`).get('/v1/tasks/x');
  const figures = await text();
  expect(figures).toContain('reelay_rate_limited_total{counted="requests",service="api"} 2');
  expect(figures).toContain('reelay_rate_limited_total{counted="failed_keys",service="api"} 1');
});

test('what fits no route makes no label', async () => {
  const { url, text } = await setup();
  for (const path of ['/a', '/b', '/v1/tasks/x/y/z']) await fetch(`${url}${path}`, { method: 'DELETE' });
  const figures = await text();
  expect(figures).toContain('{method="any",route="none",status="404",code="route_not_found",service="api"} 3');
});

test('they are for keys with the scope admin', async () => {
  const { url, get, store } = await setup();
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  expect((await get('/metrics')).status).toBe(403);
  const ops = await makeCaller(store, 'ops', ['admin']);
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ops}` } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain; version=/),
  ]);
});

test('while Redis is away the operator still reads them', async () => {
  const { text, get } = await setup({ isSafe: () => false });
  expect((await get('/v1/tasks/x')).status).toBe(503);
  expect(await text()).toContain('code="unavailable"');
});

test('docs/operating.md names every figure of ours, and none that is not there', async () => {
  const { text } = await setup();
  const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const rows = page.slice(page.indexOf('| metric of the api'), page.indexOf('Put a proxy with TLS'));
  const named = [...rows.matchAll(/^\| `(reelay_\w+)/gm)].map(([, name]) => name);
  const told = [...(await text()).matchAll(/^# TYPE (reelay_\w+)/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(told.sort());
});
