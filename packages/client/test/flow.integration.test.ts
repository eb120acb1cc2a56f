import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Reelay as House, startReelay } from '@reelay/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ApiError, Reelay, type StreamEvent, TaskFailedError, type WebhookEvent } from '../src/index.ts';

// The client against the real api, workers and simulator.

let house: House;
let reelay: Reelay;
beforeAll(async () => {
  house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '400ms', SIMULATOR_SIGMA: '0' } });
  reelay = new Reelay({ baseUrl: house.apiUrl, key: house.key });
});
afterAll(() => house?.stop());

const model = 'openai/sora-2/text-to-video';
const aVideo = (prompt = 'A dance', more = {}) => ({ model, input: { prompt }, ...more });

/** A receiver that unwraps what it gets, and answers 204 or 401. */
async function aReceiver(secret: string) {
  const { promise: event, resolve, reject } = Promise.withResolvers<WebhookEvent>();
  const server = createServer(async (request, response) => {
    try {
      resolve(reelay.webhooks.unwrap(await buffer(request), request.headers, secret));
      response.writeHead(204).end();
    } catch (error) {
      reject(error);
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { event, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe('tasks', () => {
  test('createAndWait gives a video that can be downloaded', async () => {
    const states: string[] = [];
    const task = await reelay.tasks.createAndWait(aVideo(), { onStatus: (status) => states.push(status) });
    expect(task).toMatchObject({ status: 'succeeded', error: null });
    expect(states.at(-1)).toBe('succeeded');
    const bytes = await (await reelay.tasks.download(task)).bytes();
    expect(Buffer.from(bytes.subarray(4, 8)).toString()).toBe('ftyp');
  });

  test('createAndWait throws the task that the upstream refused', async () => {
    const failure = await reelay.tasks.createAndWait(aVideo('[fail]')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TaskFailedError);
    expect(failure).toMatchObject({ task: { status: 'failed', error: { code: expect.any(String) } } });
  });

  test('the same Idempotency-Key is the same task', async () => {
    const options = { idempotencyKey: `order-${Math.random()}` };
    const first = await reelay.tasks.create(aVideo('[takes=1h]'), options);
    expect((await reelay.tasks.create(aVideo('[takes=1h]'), options)).id).toBe(first.id);
    const failure = reelay.tasks.create(aVideo('another'), options);
    await expect(failure).rejects.toMatchObject({ code: 'idempotency_key_reused', accepted: 'no' });
  });

  test('events come as they happen, and are the timeline afterwards', async () => {
    const { id } = await reelay.tasks.create(aVideo());
    const types: string[] = [];
    let lastEventId = '';
    for await (const event of reelay.tasks.events(id)) {
      types.push(event.type);
      lastEventId = event.id;
    }
    expect(types).toEqual(expect.arrayContaining(['task.queued', 'task.submitted', 'task.succeeded']));
    expect((await reelay.tasks.timeline(id)).map(({ type }) => type)).toEqual(types);
    for await (const event of reelay.tasks.events(id, { lastEventId })) expect(event).toBeUndefined();
  });

  test('list walks over pages of any size', async () => {
    const metadata = { batch: 'list' };
    const made = await Promise.all(
      Array.from({ length: 5 }, () => reelay.tasks.create(aVideo('A dance', { metadata }))),
    );
    const seen: string[] = [];
    for await (const task of reelay.tasks.list({ limit: 2 })) {
      if (task.metadata['batch'] === 'list') seen.push(task.id);
      if (seen.length === made.length) break;
    }
    expect(seen.sort()).toEqual(made.map(({ id }) => id).sort());
  });

  test('a task that was sent cannot be canceled, and says so', async () => {
    const task = await reelay.tasks.createAndWait(aVideo());
    await expect(reelay.tasks.cancel(task.id)).rejects.toMatchObject({ code: 'already_final', status: 409 });
  });

  test('retry makes a new task, and erase empties the old one', async () => {
    const task = await reelay.tasks.createAndWait(aVideo());
    const again = await reelay.tasks.retry(task.id);
    expect(again.retry_of).toBe(task.id);
    expect(again.id).not.toBe(task.id);
    expect(await reelay.tasks.erase(task.id)).toMatchObject({ id: task.id, status: 'succeeded', urls: [] });
    await reelay.tasks.wait(again.id);
  });

  test('a task that is not there is an ApiError', async () => {
    const failure = await reelay.tasks.get('task_none').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ code: 'task_not_found', requestId: expect.any(String) });
  });
});

describe('webhooks', () => {
  test('what Reelay sends is unwrapped, and its delivery is told and can be repeated', async () => {
    const { url, event } = await aReceiver(house.webhookSecret);
    const task = await reelay.tasks.createAndWait(aVideo('A dance', { webhook_url: url }));
    expect(await event).toMatchObject({ type: 'task.succeeded', data: { id: task.id, urls: task.urls } });
    const [delivery] = await reelay.tasks.deliveries(task.id);
    expect(delivery).toMatchObject({ event: 'task.succeeded' });
    expect(await reelay.tasks.redeliver(task.id)).toMatchObject({ round: 2, webhook_id: delivery?.webhook_id });
  });

  test('the default endpoint is set and tested', async () => {
    const { url, event } = await aReceiver(house.webhookSecret);
    expect(await reelay.webhooks.set({ url })).toMatchObject({ url });
    expect(await reelay.webhooks.test()).toMatchObject({ delivered: true });
    expect(await event).toMatchObject({ type: 'webhook.test' });
    expect(await reelay.webhooks.set({ url: null })).toMatchObject({ url: null });
  });
});

test('the events of all tasks come on one stream', async () => {
  const leave = new AbortController();
  const stream = reelay.events.stream({ signal: leave.signal, types: ['task.succeeded'] });
  const first = stream.next(); // opens it
  const { id } = await reelay.tasks.create(aVideo());
  let event = (await first).value as StreamEvent;
  while (event.task_id !== id) event = (await stream.next()).value as StreamEvent;
  expect(event).toMatchObject({ task_id: id, type: 'task.succeeded', id: expect.stringMatching(/^\d+-\d+$/) });
  leave.abort();
  await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError' });
});

test('models are listed, and each is read by its id with the slashes in it', async () => {
  const ids: string[] = [];
  for await (const one of reelay.models.list()) ids.push(one.id);
  expect(ids).toContain(model);
  expect(await reelay.models.get(model)).toMatchObject({ id: model });
});
