import { eventually, redisForTests } from '@reelay/testing';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { clientOf, makeCaller, misfits } from './setup.ts';
import { type Received, startReceiver, startWithTasks, webhookWorkerForTests } from './webhooks-setup.ts';

// The routes and a real webhook-worker. Its schedule: a retry after 300 ms, the next one after a minute.

const redis = redisForTests();
const worker = webhookWorkerForTests(redis);

async function setup() {
  const [api, receiver] = [await startWithTasks(redis.url), await startReceiver()];
  const secretOf = async (caller = 'acme') => (await api.store.callers.webhookOf(caller))?.secrets[0] ?? '';
  const arrived = (count: number) =>
    eventually(() => {
      expect(receiver.received).toHaveLength(count);
      return receiver.received;
    });
  return { ...api, receiver, arrived, secretOf };
}

const verifies = (secret: string, { body, headers }: Received): boolean => {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};
const logOf = ({ attempts }: { attempts: { number: number; trigger: string; status: number | null }[] }) =>
  attempts.map(({ number, trigger, status }) => `${number} ${trigger} ${status}`);

test('a test is sent once, signed like every event, and answered with what became of it', async () => {
  const { receiver, put, post, secretOf } = await setup();
  await put({ url: receiver.url });
  const { status, json } = await post('/v1/webhook/test');
  expect([status, misfits('WebhookTest', json)]).toEqual([200, []]);
  expect(json).toMatchObject({ delivered: true, attempt: { number: 1, trigger: 'manual', status: 204, error: null } });
  const [sent] = receiver.received as [Received];
  expect(sent.headers['webhook-id']).toBe(json.id);
  expect(verifies(await secretOf(), sent)).toBe(true);
  expect(JSON.parse(sent.body)).toEqual({
    type: 'webhook.test',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: { caller: 'acme' },
  });
});

test.each([500, 302, 410])(
  'a test that is answered with %i is told as it is, and never tried again',
  async (status) => {
    const { receiver, put, post, get, queues } = await setup();
    receiver.status = status;
    await put({ url: receiver.url });
    const { json } = await post('/v1/webhook/test');
    expect(json).toMatchObject({ delivered: false, attempt: { status, head: 'seen', next_at: null } });
    await eventually(async () => expect(await queues.byName.deliver.getJobState(json.id)).toBe('unknown'));
    expect(receiver.received).toHaveLength(1);
    expect((await get('/v1/webhook')).json.disabled_at).toBe(null);
  },
);

test('a test of an address where nobody listens says so', async () => {
  const { put, post } = await setup();
  await put({ url: 'http://127.0.0.1:9/hook' });
  const { json } = await post('/v1/webhook/test');
  expect(json).toMatchObject({ delivered: false, attempt: { status: null, error: 'connect', head: null } });
});

test('of eleven tests in a minute the eleventh is a 429 that says when to come again; another caller may', async () => {
  const { url, store, receiver, put, post } = await setup();
  await put({ url: receiver.url });
  const answers = await Promise.all(Array.from({ length: 11 }, () => post('/v1/webhook/test')));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(200), 429]);
  const refused = answers.find(({ status }) => status === 429);
  const seconds = Number(refused?.headers.get('retry-after'));
  expect([refused?.json.code, seconds > 50 && seconds <= 60]).toEqual(['rate_limited', true]);
  const other = clientOf(url, await makeCaller(store, 'other'));
  await other.send('PUT', '/v1/webhook', { body: { url: receiver.url } });
  expect((await other.send('POST', '/v1/webhook/test')).status).toBe(200);
});

test('while a rotation lasts, also what was on its way verifies with both secrets; then with the new alone', async () => {
  const { receiver, arrived, secretOf, endedTask, delivery, post, redis: connection } = await setup();
  const old = await secretOf();
  let rotated = '';
  receiver.status = 500;
  receiver.before = async () => {
    rotated ||= (await post('/v1/webhook/rotate-secret')).json.webhook_secret;
  };
  const task = await endedTask({ webhook_url: receiver.url });
  const [before, during] = (await arrived(2)) as [Received, Received];
  expect([verifies(old, before), verifies(rotated, before)]).toEqual([true, false]);
  expect([verifies(old, during), verifies(rotated, during)]).toEqual([true, true]);

  await connection.hset('{reelay}:caller:acme', 'old_until', String(Date.now() - 1_000)); // 24 hours later
  receiver.status = 204;
  await post(`/v1/tasks/${task}/redeliver`);
  const [, , after] = (await arrived(3)) as [Received, Received, Received];
  expect([verifies(old, after), verifies(rotated, after)]).toEqual([false, true]);
  await delivery(task, { state: 'delivered' });
});

test('410 ends a delivery and disables the default endpoint, until it is set again', async () => {
  const { receiver, arrived, endedTask, delivery, get, put, post } = await setup();
  receiver.status = 410;
  await put({ url: receiver.url });
  const task = await endedTask();
  expect(logOf(await delivery(task, { state: 'exhausted', next_at: null }))).toEqual(['1 scheduled 410']);
  expect((await get('/v1/webhook')).json).toMatchObject({ url: receiver.url, disabled_at: expect.any(String) });
  expect((await post(`/v1/tasks/${task}/redeliver`)).json.code).toBe('no_endpoint');
  const unheard = await endedTask();
  expect((await get(`/v1/tasks/${unheard}/deliveries`)).json.data).toEqual([]);

  receiver.status = 204;
  expect((await put({ url: receiver.url })).json.disabled_at).toBe(null);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  expect((await post('/v1/webhook/recover', { since })).json).toEqual({ count: 1, more: false });
  expect(logOf(await delivery(task, { state: 'delivered' }))).toEqual(['1 scheduled 410', '1 manual 204']);
  await arrived(2);
});

test("410 from a task's own address concerns that task alone", async () => {
  const { receiver, endedTask, delivery, get, put } = await setup();
  receiver.status = 410;
  await put({ url: 'http://127.0.0.1:9/hook' });
  await delivery(await endedTask({ webhook_url: receiver.url }), { state: 'exhausted' });
  expect((await get('/v1/webhook')).json.disabled_at).toBe(null);
});

test('sending again while a retry is scheduled: one round, and the old retry never comes', async () => {
  const { receiver, arrived, endedTask, delivery, post, queues } = await setup();
  receiver.status = 500;
  const task = await endedTask({ webhook_url: receiver.url });
  await arrived(2);
  const scheduled = await delivery(task, { state: 'pending', attempts: [{ number: 1 }, { number: 2 }] });
  expect(Date.parse(scheduled.next_at)).toBeGreaterThan(Date.now() + 40_000);

  receiver.status = 204;
  await post(`/v1/tasks/${task}/redeliver`);
  const delivered = await delivery(task, { state: 'delivered', round: 2 });
  expect(logOf(delivered)).toEqual(['1 scheduled 500', '2 scheduled 500', '1 manual 204']);

  const left = `${task}-canceled-1`;
  await (await queues.byName.deliver.getJob(left))?.promote(); // a minute later
  await eventually(async () => expect(await queues.byName.deliver.getJobState(left)).toBe('unknown'));
  const all = await arrived(3);
  expect(new Set(all.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
});

test('sending again four times at once, before a worker comes to it, is one attempt', async () => {
  const { receiver, arrived, endedTask, delivery, post, queues } = await setup();
  const task = await endedTask({ webhook_url: receiver.url });
  await delivery(task, { state: 'delivered' });
  worker.kill('SIGSTOP');
  const answers = await Promise.all(Array.from({ length: 4 }, () => post(`/v1/tasks/${task}/redeliver`)));
  worker.kill('SIGCONT');
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  const delivered = await delivery(task, { state: 'delivered', round: 5 });
  expect(logOf(delivered)).toEqual(['1 scheduled 204', '1 manual 204']);
  await eventually(async () =>
    expect(await queues.byName.deliver.getJobCounts('wait', 'active')).toEqual({ wait: 0, active: 0 }),
  );
  await arrived(2);
});

test('sending again after exhaustion has the full schedule from its first attempt', async () => {
  const { receiver, endedTask, delivery, post } = await setup();
  receiver.status = 410;
  const task = await endedTask({ webhook_url: receiver.url });
  await delivery(task, { state: 'exhausted' });
  receiver.status = 500;
  await post(`/v1/tasks/${task}/redeliver`);
  const scheduled = await delivery(task, { state: 'pending', attempts: [{}, {}, {}] });
  expect(logOf(scheduled)).toEqual(['1 scheduled 410', '1 manual 500', '2 scheduled 500']);
  expect(await redis.client.zcard('{reelay}:caller:acme:exhausted')).toBe(0);
});
