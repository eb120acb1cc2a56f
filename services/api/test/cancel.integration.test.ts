import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { SUCCEEDED, startWithWorker } from './finals.ts';
import { aBody, clientOf, makeCaller, misfits } from './setup.ts';

const redis = redisForTests();

async function setup() {
  const api = await startWithWorker(redis.url);
  return { ...api, cancel: (id: string, options = {}) => api.send('POST', `/v1/tasks/${id}/cancel`, options) };
}

test('a queued task is canceled at no cost, and a repeated cancel gets the same answer', async () => {
  const { accepted, cancel } = await setup();
  const task = await accepted();
  const first = await cancel(task);
  expect(first.status).toBe(200);
  expect(misfits('Task', first.json)).toEqual([]);
  expect(first.json).toMatchObject({
    id: task,
    status: 'canceled',
    error: { code: 'canceled_by_caller', billed: 'no', retryable: false },
    finished_at: expect.stringMatching(/Z$/),
  });
  const again = await cancel(task, { body: {} });
  expect([again.status, again.json]).toEqual([200, first.json]);
});

test('its event is delivered like any other', async () => {
  const { accepted, cancel, get } = await setup();
  const task = await accepted(aBody({ webhook_url: 'http://127.0.0.1:1/hook' }));
  await cancel(task);
  const { json } = await get(`/v1/tasks/${task}/deliveries`);
  expect(json.data).toMatchObject([{ event: 'task.canceled', state: 'pending' }]);
});

test('what was sent is 409 already_submitted, what ended 409 already_final', async () => {
  const { accepted, claim, submitted, moves, cancel } = await setup();
  const [claimed, polled] = [await accepted(), await submitted()];
  await claim(claimed);
  for (const task of [claimed, polled]) {
    const { status, json } = await cancel(task);
    expect([status, json.code]).toEqual([409, 'already_submitted']);
  }
  await moves.finish({ task: polled, claim: 1, ending: SUCCEEDED });
  const { status, json } = await cancel(polled);
  expect([status, json.code]).toEqual([409, 'already_final']);
});

test('a task of another caller is the 404 of a task that never was, and stays as it is', async () => {
  const { accepted, url, store, get } = await setup();
  const task = await accepted();
  const other = clientOf(url, await makeCaller(store, 'other'));
  const foreign = await other.send('POST', `/v1/tasks/${task}/cancel`);
  const nobody = await other.send('POST', '/v1/tasks/task_0VCcGn8ibW4kPz7LmX2cRd/cancel');
  expect([foreign.status, foreign.json.detail]).toEqual([404, nobody.json.detail]);
  expect((await get(`/v1/tasks/${task}`)).json.status).toBe('queued');
});

test('a body with a field is refused', async () => {
  const { accepted, cancel } = await setup();
  const { status, json } = await cancel(await accepted(), { body: { reason: 'x' } });
  expect([status, json.errors[0].pointer]).toEqual([422, '/reason']);
});

test('fifty cancels at once, and a claim among them: all are told the same', async () => {
  const { accepted, cancel, claim, get } = await setup();
  const task = await accepted();
  const cancels = Array.from({ length: 25 }, () => cancel(task));
  const claimed = claim(task);
  const more = Array.from({ length: 25 }, () => cancel(task));
  const statuses = new Set((await Promise.all([...cancels, ...more])).map(({ status }) => status));
  await claimed;
  const { status } = (await get(`/v1/tasks/${task}`)).json;
  expect([...statuses]).toEqual([status === 'canceled' ? 200 : 409]);
});

test('a cancel that Redis refuses says that the task goes on', async () => {
  const { accepted, cancel, get } = await setup();
  const task = await accepted();
  await redis.client.config('SET', 'maxmemory', '1');
  const { status, json } = await cancel(task).finally(() => redis.client.config('SET', 'maxmemory', '0'));
  expect([status, json.code, json.detail]).toEqual([503, 'unavailable', expect.stringContaining('the task goes on')]);
  expect((await get(`/v1/tasks/${task}`)).json.status).toBe('queued');
});
