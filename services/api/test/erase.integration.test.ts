import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { FAILED, startWithWorker } from './finals.ts';
import { aBody, clientOf, makeCaller, misfits } from './setup.ts';

const redis = redisForTests();

async function setup() {
  const api = await startWithWorker(redis.url);
  return { ...api, erase: (id: string) => api.send('DELETE', `/v1/tasks/${id}`) };
}

test('an erased task is a husk: ids, state, code and times stay, all content is gone', async () => {
  const { ended, erase, get } = await setup();
  const task = await ended(aBody({ metadata: { order: '12' } }), FAILED);
  const before = (await get(`/v1/tasks/${task}`)).json;
  const { status, json } = await erase(task);
  expect(status).toBe(200);
  expect(misfits('Task', json)).toEqual([]);
  expect(json).toEqual({
    ...before,
    metadata: {},
    error: { ...before.error, message: expect.not.stringContaining('lake') },
    erased_at: expect.stringMatching(/Z$/),
  });
  expect((await get(`/v1/tasks/${task}`)).json).toEqual(json);
  expect((await get('/v1/tasks')).json.data).toEqual([json]);
});

test('the urls of a succeeded task are erased, what it used is not', async () => {
  const { ended, erase } = await setup();
  expect((await erase(await ended())).json).toMatchObject({ urls: [], usage: { duration: 4 } });
});

test('erasing again gives the same answer', async () => {
  const { ended, erase } = await setup();
  const task = await ended();
  const first = await erase(task);
  const again = await erase(task);
  expect([again.status, again.json]).toEqual([200, first.json]);
});

test('an open task is 409 not_final', async () => {
  const { accepted, erase } = await setup();
  const { status, json } = await erase(await accepted());
  expect([status, json.code]).toEqual([409, 'not_final']);
});

test('while an event is to be delivered it is 409 not_delivered, and redelivery of an erased one is 410', async () => {
  const { ended, erase, deliveries, send } = await setup();
  const task = await ended(aBody({ webhook_url: 'http://127.0.0.1:1/hook' }));
  const pending = await erase(task);
  expect([pending.status, pending.json.code]).toEqual([409, 'not_delivered']);
  const attempt = { number: 1, at: 0, trigger: 'scheduled', durationMs: 1 } as const;
  const about = {
    task: { id: task, createdAt: 0 },
    event: 'task.succeeded',
    round: 1,
    state: 'delivered',
    againMs: 0,
    nonce: 'n',
  } as const;
  await deliveries.record({ ...about, attempt, gone: undefined });
  expect((await erase(task)).status).toBe(200);
  const again = await send('POST', `/v1/tasks/${task}/redeliver`, { body: {} });
  expect([again.status, again.json.code]).toEqual([410, 'task_erased']);
});

test('the Idempotency-Key of an erased task pays nothing again', async () => {
  const { submit, send, erase } = await setup();
  const headers = { 'idempotency-key': 'k' };
  const task = (await submit(aBody(), headers)).json.output.task_id;
  await send('POST', `/v1/tasks/${task}/cancel`);
  await erase(task);
  const again = await submit(aBody(), headers);
  expect([again.status, again.json.output.task_id]).toEqual([200, task]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('a task of another caller is the 404 of a task that never was, and keeps its content', async () => {
  const { ended, url, store, get } = await setup();
  const task = await ended();
  const other = clientOf(url, await makeCaller(store, 'other'));
  const { status, json } = await other.send('DELETE', `/v1/tasks/${task}`);
  expect([status, json.code]).toEqual([404, 'task_not_found']);
  expect((await get(`/v1/tasks/${task}`)).json).toMatchObject({ erased_at: null, urls: [expect.any(String)] });
});
