import type { CallerWebhook } from '@reelay/callers';
import type { Delivery, TaskRecord, TaskStore } from '@reelay/tasks';
import { createLogger, createMetrics, NEVER_CRASH } from '@reelay/telemetry';
import {
  type AttemptResult,
  createOriginSlots,
  DEFAULT_RETRY_SCHEDULE_MS,
  type WebhookRequest,
} from '@reelay/webhooks';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { createDeliverCounters } from '../src/counters.ts';
import { deliver } from '../src/deliver.ts';
import { eventBody } from '../src/event-body.ts';
import { aSucceededTask, FINISHED_AT } from './setup.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = FINISHED_AT + 500;
const DONE = { kind: 'done' };
const ANSWERED_204: AttemptResult = { kind: 'answered', status: 204, head: '', durationMs: 12.4 };

function aDelivery(about: Partial<Delivery> = {}): Delivery {
  return {
    version: 1,
    state: 'pending',
    round: 1,
    attempts: 0,
    sequence: 5,
    at: FINISHED_AT,
    roundAt: FINISHED_AT,
    nextAt: FINISHED_AT,
    ...about,
  };
}

interface About {
  task?: TaskRecord | undefined;
  delivery?: Delivery | undefined;
  webhook?: CallerWebhook | undefined;
  result?: AttemptResult;
  recorded?: 'ok' | 'stale';
  receiver?: 'quick' | 'slow';
}

function setup(about: About = {}) {
  const held = {
    task: aSucceededTask(),
    delivery: aDelivery(),
    webhook: { url: undefined, secrets: [SECRET] },
    ...about,
  };
  const log = createLogger({ service: 'test', level: 'silent' });
  const order: string[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: what record was asked to write; the tests assert on what is there.
  const recorded: any[] = [];
  const store: { deliveries: Pick<TaskStore['deliveries'], 'read' | 'record'> } = {
    deliveries: {
      read: async () => held.task && held.delivery && { task: held.task, delivery: held.delivery },
      record: async (attempt) => {
        order.push('record');
        recorded.push(attempt);
        return about.recorded ?? 'ok';
      },
    },
  };
  const post = vi.fn(async (_request: WebhookRequest) => {
    order.push('post');
    return about.result ?? ANSWERED_204;
  });
  let nowMs = 0;
  const slots = createOriginSlots({
    limit: 1,
    mostWaiting: { perPair: 0, inAll: 0 },
    monotonicMs: () => (nowMs += about.receiver === 'slow' ? 1_000 : 0),
  });
  const errors = vi.spyOn(log, 'error');
  const deps = {
    store: store as TaskStore,
    callers: { webhookOf: async () => held.webhook },
    sender: { post },
    slots,
    scheduleMs: DEFAULT_RETRY_SCHEDULE_MS,
    clock: { now: () => NOW, stop() {} },
    log,
    count: createDeliverCounters(createMetrics('test')),
    random: () => 0.5,
    newNonce: () => 'nonce',
    crashPoint: NEVER_CRASH,
  };
  const data = { v: 1, task: held.task?.id ?? 'task_gone', event: 'task.succeeded', round: 1 } as const;
  return { run: () => deliver(data, deps), deps, post, recorded, order, slots, errors };
}

test('a delivery is sent to the address of its task, and its success recorded', async () => {
  const { run, post, recorded } = setup();
  expect(await run()).toEqual(DONE);
  expect(post.mock.calls[0]?.[0].url).toBe('https://acme.example/hook');
  expect(recorded).toEqual([
    {
      task: aSucceededTask(),
      event: 'task.succeeded',
      round: 1,
      state: 'delivered',
      againMs: 0,
      nonce: 'nonce',
      gone: undefined,
      attempt: {
        number: 1,
        at: NOW - 13,
        trigger: 'scheduled',
        durationMs: 12,
        status: 204,
        head: '',
      },
    },
  ]);
});

test('what is sent is the event, signed so that the stock library verifies it', async () => {
  const { run, post } = setup();
  vi.useFakeTimers({ now: NOW });
  try {
    await run();
    const { body, headers } = post.mock.calls[0]?.[0] ?? { body: '', headers: {} };
    expect(body).toBe(eventBody(aSucceededTask(), 'task.succeeded', aDelivery()));
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg_01JNABCDEFGHJKMNPQRSTV_succeeded',
      'webhook-timestamp': String(Math.floor(NOW / 1_000)),
    });
    expect(new Webhook(SECRET).verify(body, headers)).toEqual(JSON.parse(body));
  } finally {
    vi.useRealTimers();
  }
});

test('every attempt of every round has the same id and the same body', async () => {
  const requests = [];
  for (const delivery of [aDelivery(), aDelivery({ attempts: 3 }), aDelivery({ roundAt: NOW - 1 })]) {
    const { run, post } = setup({ delivery });
    await run();
    requests.push(post.mock.calls[0]?.[0]);
  }
  expect(new Set(requests.map((request) => `${request?.headers['webhook-id']} ${request?.body}`)).size).toBe(1);
});

test("a task without an address of its own goes to its caller's", async () => {
  const { run, post } = setup({
    task: aSucceededTask({ webhookUrl: undefined }),
    webhook: { url: 'https://acme.example/default', secrets: [SECRET] },
  });
  await run();
  expect(post.mock.calls[0]?.[0].url).toBe('https://acme.example/default');
});

test.each([
  ['whose task is gone', { task: undefined }],
  ['that nobody wants', { delivery: undefined }],
  ['that was delivered', { delivery: aDelivery({ state: 'delivered' }) }],
  ['that was given up', { delivery: aDelivery({ state: 'exhausted' }) }],
  ['of a newer round', { delivery: aDelivery({ round: 2 }) }],
])('a job for a delivery %s ends silently', async (_, about) => {
  const { run, post, recorded, errors } = setup(about);
  expect(await run()).toEqual(DONE);
  expect(post).not.toHaveBeenCalled();
  expect(recorded).toEqual([]);
  expect(errors).not.toHaveBeenCalled();
});

test('a job that comes too early goes back to sleep until its time', async () => {
  const { run, post, recorded } = setup({ delivery: aDelivery({ nextAt: NOW + 5_000 }) });
  expect(await run()).toEqual({ kind: 'again', afterMs: 5_000 });
  expect(post).not.toHaveBeenCalled();
  expect(recorded).toEqual([]);
});

test('a few milliseconds are not too early', async () => {
  const { run, post } = setup({ delivery: aDelivery({ nextAt: NOW + 20 }) });
  expect(await run()).toEqual(DONE);
  expect(post).toHaveBeenCalledTimes(1);
});

test.each([
  ['no address is known', { task: aSucceededTask({ webhookUrl: undefined }) }],
  ['the caller is gone', { webhook: undefined }],
])('when %s, that is an attempt, and tried again as one that failed', async (_, about) => {
  const { run, post, recorded } = setup(about);
  expect(await run()).toEqual({ kind: 'again', afterMs: 5_000 });
  expect(post).not.toHaveBeenCalled();
  expect(recorded[0]).toMatchObject({ state: 'pending', againMs: 5_000, attempt: { number: 1, error: 'no_endpoint' } });
});

test('a slow receiver that has enough in flight is waited for, and that is no attempt', async () => {
  const { run, post, recorded, slots } = setup({ receiver: 'slow' });
  const free = await slots.acquire('acme', 'https://acme.example');
  expect(await run()).toEqual({ kind: 'again', afterMs: 150 });
  expect(post).not.toHaveBeenCalled();
  expect(recorded).toEqual([]);
  free?.();
  expect(await run()).toEqual(DONE);
});

test('one that answers quickly is waited for in memory, and then called', async () => {
  const { run, post, slots } = setup();
  const free = await slots.acquire('acme', 'https://acme.example');
  const asked = vi.spyOn(slots, 'acquire');
  const running = run();
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  expect(post).not.toHaveBeenCalled();
  free?.();
  expect(await running).toEqual(DONE);
  expect(post).toHaveBeenCalledTimes(1);
});

test('its place is held for the answer alone, not while that is recorded', async () => {
  const { run, deps, slots } = setup();
  deps.store.deliveries.record = async () => {
    expect(await slots.acquire('acme', 'https://acme.example')).not.toBeNull();
    return 'ok';
  };
  expect(await run()).toEqual(DONE);
  expect.assertions(2);
});

test('its place is given back, also when the record fails', async () => {
  const { run, deps, slots } = setup();
  deps.store.deliveries.record = async () => {
    throw new Error('Redis is away');
  };
  await expect(run()).rejects.toThrow('Redis is away');
  expect(await slots.acquire('acme', 'https://acme.example')).not.toBeNull();
});

test.each([
  ['503', { kind: 'answered', status: 503, head: 'busy', durationMs: 1 }, 5_000],
  ['503 with Retry-After', { kind: 'answered', status: 503, head: '', retryAfterMs: 8_000, durationMs: 1 }, 8_000],
  ['302', { kind: 'answered', status: 302, head: '', durationMs: 1 }, 5_000],
  ['no answer', { kind: 'failed', error: 'timeout', durationMs: 15_000 }, 5_000],
  ['a blocked address', { kind: 'failed', error: 'blocked_address', durationMs: 0 }, 5_000],
] as const)('after %s it is tried again, and that is recorded first', async (_, result, afterMs) => {
  const { run, recorded, order } = setup({ result });
  expect(await run()).toEqual({ kind: 'again', afterMs });
  expect(order).toEqual(['post', 'record']);
  expect(recorded[0]).toMatchObject({
    state: 'pending',
    againMs: afterMs,
    attempt: { number: 1, nextAt: NOW + afterMs },
  });
});

test.each([
  ['410', { result: { kind: 'answered', status: 410, head: 'gone', durationMs: 1 } }, 'gone'],
  [
    'the tenth attempt',
    { delivery: aDelivery({ attempts: 9 }), result: { kind: 'answered', status: 500, head: '', durationMs: 1 } },
    'attempts',
  ],
  [
    'twice the schedule',
    {
      delivery: aDelivery({ roundAt: NOW - 2 * 75.6 * 3_600_000 }),
      result: { kind: 'failed', error: 'dns', durationMs: 1 },
    },
    'too_old',
  ],
] as const)('after %s it is given up, and an operator hears of it', async (_, about, reason) => {
  const { run, recorded, errors } = setup(about);
  expect(await run()).toEqual(DONE);
  expect(recorded[0]).toMatchObject({ state: 'exhausted', againMs: 0 });
  expect(recorded[0].attempt).not.toHaveProperty('nextAt');
  expect(errors).toHaveBeenCalledWith(expect.objectContaining({ reason }), expect.stringContaining('redeliver'));
});

test('an attempt that another round overtook is not tried again', async () => {
  const { run } = setup({ recorded: 'stale', result: { kind: 'failed', error: 'reset', durationMs: 1 } });
  expect(await run()).toEqual(DONE);
});

test('the first attempt of a redelivery was asked for by hand; the ones after it were not', async () => {
  const first = setup({ delivery: aDelivery({ round: 2 }) });
  const data = { v: 1, task: aSucceededTask().id, event: 'task.succeeded', round: 2 } as const;
  await deliver(data, first.deps);
  expect(first.recorded[0].attempt.trigger).toBe('manual');
  const second = setup({ delivery: aDelivery({ round: 2, attempts: 1 }) });
  await deliver(data, second.deps);
  expect(second.recorded[0].attempt.trigger).toBe('scheduled');
});

test('a body that this release cannot write is not sent: the job is left to a newer one', async () => {
  const { run, post, slots } = setup({ delivery: aDelivery({ version: 2 }) });
  await expect(run()).rejects.toThrow('finish the upgrade');
  expect(post).not.toHaveBeenCalled();
  expect(await slots.acquire('acme', 'https://acme.example')).not.toBeNull();
});

test('a text that is no URL is left to the sender to refuse', async () => {
  const { run, post } = setup({ task: aSucceededTask({ webhookUrl: 'not a url' }) });
  await run();
  expect(post.mock.calls[0]?.[0].url).toBe('not a url');
});
