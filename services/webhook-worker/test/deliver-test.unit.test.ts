import type { CallerWebhook, TestOutcome } from '@reelay/callers';
import { type AttemptResult, createOriginSlots, type WebhookRequest } from '@reelay/webhooks';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { deliverTest } from '../src/deliver-test.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = Date.now();
const DONE = { kind: 'done' };
const DATA = { v: 1, caller: 'acme', test: 'msg_test_01JNABC' };
const URL = 'https://acme.example/hook';

function setup(about: { webhook?: CallerWebhook; result?: AttemptResult; taken?: boolean } = {}) {
  const { webhook = { url: URL, secrets: [SECRET] }, taken = false } = about;
  const { result = { kind: 'answered', status: 204, head: '', durationMs: 12.4 } } = about;
  const settled: TestOutcome[] = [];
  let nowMs = 0; // every look a second later: a slow receiver
  const post = vi.fn(async (_request: WebhookRequest): Promise<AttemptResult> => result);
  const deps = {
    callers: { webhookOf: async () => webhook },
    tests: {
      claim: async () => (taken ? undefined : { at: NOW - 60_000 }),
      settle: async (_test: object, outcome: TestOutcome) => void settled.push(outcome),
    },
    sender: { post },
    slots: createOriginSlots({ limit: 1, mostWaiting: { perPair: 0, inAll: 0 }, monotonicMs: () => (nowMs += 1_000) }),
    clock: { now: () => NOW, stop() {} },
    random: () => 0.5,
    newNonce: () => 'nonce',
  };
  return { run: () => deliverTest(DATA, deps), deps, post, settled };
}

test('a test is signed now, tells when it was asked for, and its outcome is kept', async () => {
  const { run, post, settled } = setup();
  expect(await run()).toEqual(DONE);
  const [[{ url, headers, body }]] = post.mock.calls as [[WebhookRequest]];
  expect([url, headers['webhook-id']]).toEqual([URL, DATA.test]);
  expect(new Webhook(SECRET).verify(body, { ...headers })).toEqual({
    type: 'webhook.test',
    timestamp: new Date(NOW - 60_000).toISOString(),
    data: { caller: 'acme' },
  });
  // Golden bytes, as those of the task events in event-body.unit.test.ts.
  const timestamp = new Date(NOW - 60_000).toISOString();
  expect(body).toBe(`{"type":"webhook.test","timestamp":"${timestamp}","data":{"caller":"acme"}}`);
  expect(settled).toEqual([
    {
      delivered: true,
      attempt: {
        number: 1,
        at: new Date(NOW - 12.4).toISOString(),
        trigger: 'manual',
        status: 204,
        error: null,
        duration_ms: 12,
        head: '',
        next_at: null,
      },
    },
  ]);
});

test('one that somebody else has begun to send, or that was forgotten, is not sent', async () => {
  const { run, post, settled } = setup({ taken: true });
  expect(await run()).toEqual(DONE);
  expect([post.mock.calls, settled]).toEqual([[], []]);
});

test('without an endpoint nothing is sent, and that is its outcome', async () => {
  const { run, post, settled } = setup({ webhook: { url: undefined, secrets: [SECRET] } });
  await run();
  expect(post).not.toHaveBeenCalled();
  expect(settled).toMatchObject([{ delivered: false, attempt: { status: null, error: 'no_endpoint' } }]);
});

test('one that finds its origin full comes again soon, and is not spent', async () => {
  const { run, deps, post } = setup();
  const free = await deps.slots.acquire('acme', 'https://acme.example');
  expect(await run()).toEqual({ kind: 'again', afterMs: 150 });
  expect(post).not.toHaveBeenCalled();
  free?.();
  expect(await run()).toEqual(DONE);
  expect(await run()).toEqual(DONE); // the slot was given back
});

test.each([
  [
    { kind: 'answered', status: 410, head: 'gone', durationMs: 5 },
    { status: 410, head: 'gone', error: null },
  ],
  [
    { kind: 'failed', error: 'blocked_address', durationMs: 0 },
    { status: null, head: null, error: 'blocked_address' },
  ],
] as const)('what is not a 2xx is not delivered: %j', async (result, attempt) => {
  const { run, settled } = setup({ result });
  await run();
  expect(settled).toMatchObject([{ delivered: false, attempt }]);
});
