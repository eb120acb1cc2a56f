import { redisForTests, startProcess } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { aWorker } from './events-setup.ts';
import { ADMIN_KEY, aBody, clientOf } from './setup.ts';
import { openStream } from './sse-client.ts';

const redis = redisForTests();

/** main.ts as a process of its own. */
async function startApiProcess() {
  const env = { PORT: '0', REDIS_URL: redis.url, REELAY_ADMIN_KEY: ADMIN_KEY };
  const api = startProcess({ name: 'api', script: 'services/api/src/main.ts', env });
  onTestFinished(() => api.kill('SIGKILL'));
  return { api, url: String((await api.ready)['url']) };
}

async function makeKey(url: string): Promise<string> {
  const operator = clientOf(url, ADMIN_KEY);
  await operator.send('POST', '/v1/admin/callers', { body: { id: 'acme' } });
  return (await operator.send('POST', '/v1/admin/callers/acme/keys', { body: { scopes: ['read', 'submit'] } })).json
    .key;
}

test('streams of a process that is killed go on at another, without a gap or a repeat', async () => {
  const [first, second] = await Promise.all([startApiProcess(), startApiProcess()]);
  const key = await makeKey(first.url);
  const worker = aWorker(redis.url);
  const task: string = (await clientOf(first.url, key).submit(aBody())).json.output.task_id;
  const paths = [`/v1/tasks/${task}/events`, '/v1/events'];
  const before = await Promise.all(paths.map((path) => openStream(`${first.url}${path}`, key)));
  await worker.send(task);
  await before[0]?.until(3);
  await before[1]?.until(2);
  first.api.kill('SIGKILL');
  await Promise.all(before.map(({ ended }) => ended));
  await worker.running(task);
  const after = await Promise.all(
    paths.map((path, i) => openStream(`${second.url}${path}`, key, { 'last-event-id': before[i]?.lastEventId ?? '' })),
  );
  await worker.fail(task);
  await after[0]?.ended;
  await after[1]?.until(2);
  const sequences = [0, 1].map((i) =>
    [before[i], after[i]].flatMap((one) => one?.events.map(({ data }) => data.sequence)),
  );
  expect(sequences).toEqual([
    [1, 2, 3, 4, 5],
    [2, 3, 4, 5],
  ]);
});

test('SIGTERM ends streams and waits at once, each with one line in the log, and the process with 0', async () => {
  const { api, url } = await startApiProcess();
  const key = await makeKey(url);
  const client = clientOf(url, key);
  const task: string = (await client.submit(aBody())).json.output.task_id;
  const gone = await openStream(`${url}/v1/events`, key, { 'x-request-id': 'gone' });
  gone.cut();
  await api.waitForLog((line) => line['request_id'] === 'gone' && line['msg'] === 'request');
  const stream = await openStream(`${url}/v1/events`, key, { 'x-request-id': 'stream' });
  const wait = client.get(`/v1/tasks/status?task_id=${task}&wait=60`, { 'x-request-id': 'wait' });
  await client.get(`/v1/tasks/status?task_id=${task}`); // sent and read after it, so the wait has begun
  const from = performance.now();
  const ending = api.stop();
  expect((await wait).json.output.task_status).toBe('Pending');
  await stream.ended;
  expect(await ending).toEqual({ code: 0, signal: null });
  expect(performance.now() - from).toBeLessThan(8_000);
  const lines = api.lines.filter(({ msg }) => msg === 'request');
  for (const id of ['gone', 'stream', 'wait']) {
    expect(lines.filter((line) => line['request_id'] === id)).toMatchObject([{ status: 200, caller: 'acme' }]);
  }
});
