import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { aBody, clientOf, enqueued, makeCaller, startApi } from './setup.ts';

const redis = redisForTests();

test('the seed’s call is answered in the upstream’s shape, and the task is Pending', async () => {
  const { submit, get } = await startApi(redis.url);
  const answer = await submit(aBody());
  const { task_id } = answer.json.output;
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    output: { task_id: expect.stringMatching(/^task_[0-9A-Za-z]{22}$/) },
    request_id: expect.any(String),
  });
  const status = await get(`/v1/tasks/status?task_id=${task_id}`);
  expect(status.json).toEqual({
    output: { task_id, task_status: 'Pending', submit_time: expect.any(Number) },
    request_id: status.headers.get('x-request-id'),
  });
  expect(Math.abs(status.json.output.submit_time - Date.now() / 1_000)).toBeLessThan(10);
});

test('record, payload and submit job are there once it is answered', async () => {
  const { submit, store } = await startApi(redis.url);
  const { json } = await submit(aBody());
  const payload = await store.tasks.readPayload(json.output.task_id);
  expect(payload).toEqual({ input: aBody().input, parameters: aBody().parameters });
  expect(await store.tasks.read(json.output.task_id)).toMatchObject({ status: 'queued', caller: 'acme' });
  expect(await enqueued(redis.client)).toEqual({ tasks: 1, jobs: 1 });
});

test('parameters that were not sent are not made up', async () => {
  const { submit, store } = await startApi(redis.url);
  const { json } = await submit({ model: aBody().model, input: aBody().input });
  const payload = await store.tasks.readPayload(json.output.task_id);
  expect(payload).toEqual({ input: { prompt: 'A beautiful girl is dancing' } });
});

test('Reelay’s own fields are kept and told by GET /v1/tasks/{id}', async () => {
  const { submit, get, store } = await startApi(redis.url);
  const { json } = await submit(
    aBody({
      webhook_url: 'http://127.0.0.1:3100/inbox/anything',
      webhook_events: ['task.running', 'task.succeeded'],
      metadata: { order: '12' },
      priority: 'high',
      start_within: 60,
      finish_within: 120,
      on_submit_unknown: 'resubmit',
    }),
  );
  const task = await get(`/v1/tasks/${json.output.task_id}`);
  expect(task.json).toMatchObject({
    id: json.output.task_id,
    status: 'queued',
    model: aBody().model,
    caller: 'acme',
    priority: 'high',
    metadata: { order: '12' },
    webhook_url: 'http://127.0.0.1:3100/inbox/anything',
    submitted_at: null,
    urls: [],
    usage: null,
    error: null,
  });
  expect(Date.parse(task.json.start_by) - Date.parse(task.json.created_at)).toBe(60_000);
  expect(await store.tasks.read(json.output.task_id)).toMatchObject({
    finishWithinMs: 120_000,
    onSubmitUnknown: 'resubmit',
    maxResubmits: 1,
  });
});

test('a key may come bare or as Bearer', async () => {
  const { url, key } = await startApi(redis.url);
  const bearer = await clientOf(url, `Bearer ${key}`).submit(aBody());
  expect(bearer.status).toBe(200);
});

test('a model that is not in the catalogue passes when UNKNOWN_MODELS says so', async () => {
  const { submit } = await startApi(redis.url, { rules: { unknownModels: 'pass' } });
  const answer = await submit({ model: 'brand/new', input: { anything: [1, { deep: null }] } });
  expect(answer.status).toBe(200);
});

test('50 identical submits at once with one Idempotency-Key make one task', async () => {
  const { submit } = await startApi(redis.url);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => submit(aBody(), { 'idempotency-key': 'order-12' })),
  );
  expect(new Set(answers.map((answer) => answer.json.output?.task_id)).size).toBe(1);
  expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(49);
  expect(await enqueued(redis.client)).toMatchObject({ tasks: 1 });
});

test('a replay may order its members anew and quote its key', async () => {
  const { submit } = await startApi(redis.url);
  const first = await submit(aBody(), { 'idempotency-key': 'k' });
  const { model, input, parameters } = aBody();
  const { size, duration } = parameters;
  const again = await submit({ parameters: { duration, size }, input, model }, { 'idempotency-key': '"k"' });
  expect(again.json.output).toEqual(first.json.output);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(first.headers.get('idempotency-replayed')).toBeNull();
});

test('a key that was used with another body is 422, and the first task stays alone', async () => {
  const { submit } = await startApi(redis.url);
  await submit(aBody(), { 'idempotency-key': 'k' });
  const other = await submit(aBody({ priority: 'low' }), { 'idempotency-key': 'k' });
  expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
  expect(await enqueued(redis.client)).toEqual({ tasks: 1, jobs: 1 });
});

test('different bodies at once with one key: one is accepted, the others are told', async () => {
  const { submit } = await startApi(redis.url);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => submit(aBody({ metadata: { i: String(i) } }), { 'idempotency-key': 'k' })),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(9).fill(422)]);
  expect(await enqueued(redis.client)).toMatchObject({ tasks: 1 });
});

test('the same Idempotency-Key of another caller is another task', async () => {
  const { submit, url, store } = await startApi(redis.url);
  const other = clientOf(url, await makeCaller(store, 'other'));
  const mine = await submit(aBody(), { 'idempotency-key': 'k' });
  const theirs = await other.submit(aBody(), { 'idempotency-key': 'k' });
  expect(theirs.status).toBe(200);
  expect(theirs.json.output).not.toEqual(mine.json.output);
});

test('a replay gives the same answer even if the rules have changed since', async () => {
  const body = aBody({ model: 'brand/new' });
  const before = await startApi(redis.url, { rules: { unknownModels: 'pass' } });
  const first = await before.submit(body, { 'idempotency-key': 'k' });
  const after = await startApi(redis.url);
  const again = await after.submit(body, { 'idempotency-key': 'k' });
  expect([again.status, again.json.output]).toEqual([200, first.json.output]);
});

test('nothing is accepted while Redis was not judged safe', async () => {
  const { submit, get } = await startApi(redis.url, { isSafe: () => false });
  const answer = await submit(aBody());
  expect([answer.status, answer.json.code, (await get('/readyz')).status]).toEqual([503, 'unavailable', 503]);
  expect(await enqueued(redis.client)).toEqual({ tasks: 0, jobs: 0 });
});
