import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { FAILED, startWithWorker } from './finals.ts';
import { aBody, clientOf, enqueued, makeCaller, misfits, type SetupOptions } from './setup.ts';

const redis = redisForTests();

const FULL = aBody({
  webhook_url: 'http://127.0.0.1:3100/inbox/anything',
  webhook_events: ['task.running'],
  metadata: { order: '12' },
  priority: 'high',
  start_within: 90,
  finish_within: 120,
  on_submit_unknown: 'resubmit',
  max_resubmits: 2,
});

async function setup(options: SetupOptions = {}) {
  const api = await startWithWorker(redis.url, options);
  const retry = (id: string, headers: object = {}) => api.send('POST', `/v1/tasks/${id}/retry`, { headers });
  return { ...api, retry };
}

test('a retry is a new queued task with everything that the caller had asked for', async () => {
  const { ended, retry, store } = await setup();
  const task = await ended(FULL, FAILED);
  const { status, json } = await retry(task);
  expect(status).toBe(201);
  expect(misfits('Task', json)).toEqual([]);
  expect(json).toMatchObject({ status: 'queued', retry_of: task, model: FULL.model, error: null, urls: [] });
  const [before, after] = await Promise.all([task, json.id].map((id) => store.tasks.read(id)));
  const copied = ['model', 'caller', 'metadata', 'webhookUrl', 'webhookEvents', 'priority', 'finishWithinMs'] as const;
  for (const name of [...copied, 'onSubmitUnknown', 'maxResubmits'] as const) {
    expect(after?.[name], name).toEqual(before?.[name]);
  }
  expect((after?.startBy ?? 0) - (after?.createdAt ?? 0)).toBe(90_000);
  expect(await store.tasks.readPayload(json.id)).toEqual({ input: FULL.input, parameters: FULL.parameters });
});

test('without a key every retry is a new task; with one it is made once, and the replay says so', async () => {
  const { ended, retry } = await setup();
  const task = await ended();
  const [one, two] = [await retry(task), await retry(task)];
  expect(one.json.id).not.toBe(two.json.id);
  const first = await retry(task, { 'idempotency-key': 'k' });
  const again = await retry(task, { 'idempotency-key': 'k' });
  expect([again.status, again.json.id]).toEqual([201, first.json.id]);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('fifty retries at once with one key make one task', async () => {
  const { ended, retry } = await setup();
  const task = await ended();
  const answers = await Promise.all(Array.from({ length: 50 }, () => retry(task, { 'idempotency-key': 'k' })));
  expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  expect(await enqueued(redis.client)).toMatchObject({ tasks: 2 });
});

test('the key of a submit, or of the retry of another task, is 422', async () => {
  const { ended, retry, submit } = await setup();
  const [task, other] = [await ended(), await ended()];
  const headers = { 'idempotency-key': 'k' };
  await retry(task, headers);
  for (const answer of [await retry(other, headers), await submit(aBody(), headers)]) {
    expect([answer.status, answer.json.code]).toEqual([422, 'idempotency_key_reused']);
  }
});

test('a retry of a retry names the one before it', async () => {
  const { ended, retry, send } = await setup();
  const second = (await retry(await ended())).json.id;
  await send('POST', `/v1/tasks/${second}/cancel`);
  expect((await retry(second)).json.retry_of).toBe(second);
});

test('a retry that is asked for again tells how far it is, polls included', async () => {
  const { ended, retry, submits, get } = await setup();
  const task = await ended();
  const headers = { 'idempotency-key': 'k' };
  const { id } = (await retry(task, headers)).json;
  await submits(id);
  const { json } = await retry(task, headers);
  expect(json).toMatchObject({ id, status: 'submitted', poll_count: 0, next_poll_at: expect.stringMatching(/Z$/) });
  expect(json).toEqual((await get(`/v1/tasks/${id}`)).json);
});

test('a retry takes no fields, and says so', async () => {
  const { ended, send } = await setup();
  const { status, json } = await send('POST', `/v1/tasks/${await ended()}/retry`, { body: { x: 1 } });
  expect([status, json.errors]).toEqual([
    422,
    [{ pointer: '/x', message: 'is not a known field; there are none here.' }],
  ]);
});

test('an open task is 409 not_final', async () => {
  const { accepted, retry } = await setup();
  const { status, json } = await retry(await accepted());
  expect([status, json.code]).toEqual([409, 'not_final']);
});

test('a task whose input is no longer kept is 410 input_gone, an erased one 410 task_erased', async () => {
  const { ended, retry, send } = await setup();
  const [gone, erased] = [await ended(), await ended()];
  await redis.client.hdel(`{reelay}:task:${gone}`, 'payload');
  await send('DELETE', `/v1/tasks/${erased}`);
  const answers = [await retry(gone), await retry(erased)];
  expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
    [410, 'input_gone'],
    [410, 'task_erased'],
  ]);
});

test('the rules of today judge it: a model that is gone, an address that is no longer allowed', async () => {
  const before = await setup({ rules: { unknownModels: 'pass' } });
  const model = await before.ended({ model: 'brand/new', input: { a: 1 } });
  const hook = await before.ended(FULL);
  const today = await setup({ rules: { addressRules: { allowHttp: false, allowedCidrs: [] } } });
  const [one, two] = [await today.retry(model), await today.retry(hook)];
  expect([one.status, one.json.code]).toEqual([422, 'model_unknown']);
  expect([two.status, two.json.errors[0].pointer]).toEqual([422, '/webhook_url']);
});

test('a retry counts for the cap of queued tasks, as a submit does', async () => {
  const { ended, accepted, store, url } = await setup();
  const task = await ended();
  await store.callers.change('acme', { limits: { queued_tasks: 1 } });
  const limited = clientOf(url, await makeCaller(store, 'acme')); // a key that no process remembers with other limits
  await accepted();
  for (const full of [await limited.send('POST', `/v1/tasks/${task}/retry`), await limited.submit(aBody())]) {
    expect([full.status, full.json.code, full.headers.get('retry-after')]).toEqual([429, 'queue_full', '5']);
  }
  expect(await enqueued(redis.client)).toMatchObject({ tasks: 2 });
});

test('a task of another caller is the 404 of a task that never was', async () => {
  const { ended, url, store } = await setup();
  const other = clientOf(url, await makeCaller(store, 'other'));
  const { status, json } = await other.send('POST', `/v1/tasks/${await ended()}/retry`);
  expect([status, json.code]).toEqual([404, 'task_not_found']);
});
