import { redisForTests } from '@reelay/testing';
import { expect, test } from 'vitest';
import { createWebhookTests } from '../src/index.ts';
import { START, setup, TAG } from './setup.ts';

const shared = redisForTests();
const OUTCOME = {
  delivered: true,
  attempt: {
    number: 1,
    at: '2026-03-01T12:00:00.000Z',
    trigger: 'manual',
    status: 204,
    error: null,
    duration_ms: 3,
    head: '',
    next_at: null,
  },
} as const;

function start() {
  const { redis, clock } = setup(shared.url);
  const tests = createWebhookTests({ redis, tag: TAG, now: clock.now });
  const named = (id: number | string, caller = 'acme') => ({ caller, id: `msg_test_${id}` });
  return { redis, tests, named };
}

test('a test is begun, claimed by one worker, and its outcome kept for an hour', async () => {
  const { redis, tests, named } = start();
  expect(await tests.begin(named(1))).toEqual({ kind: 'ok' });
  expect(await tests.outcomeOf(named(1))).toBe(undefined);
  expect(await tests.claim(named(1), 'a')).toEqual({ at: START });
  expect(await tests.claim(named(1), 'b')).toBe(undefined);
  await tests.settle(named(1), OUTCOME);
  expect(await tests.outcomeOf(named(1))).toEqual(OUTCOME);
  const left = await redis.pttl(`${TAG}:caller:acme:test:msg_test_1`);
  expect(left > 3_590_000 && left <= 3_600_000).toBe(true);
});

test('the same claim, sent again over a reconnect, is given again', async () => {
  const { tests, named } = start();
  await tests.begin(named(1));
  await tests.claim(named(1), 'a');
  expect(await tests.claim(named(1), 'a')).toEqual({ at: START });
});

test('a test that is forgotten is neither sent nor written', async () => {
  const { redis, tests, named } = start();
  expect(await tests.claim(named(1), 'a')).toBe(undefined);
  await tests.settle(named(1), OUTCOME);
  expect(await redis.keys('*')).toEqual([]);
});

test('a caller may begin ten a minute, and is told when the next one may begin', async () => {
  const { redis, tests, named } = start();
  for (let i = 0; i < 10; i++) expect(await tests.begin(named(i))).toEqual({ kind: 'ok' });
  const refused = await tests.begin(named(10));
  expect(refused).toEqual({ kind: 'limited', forMs: expect.any(Number) });
  expect(await redis.exists(`${TAG}:caller:acme:test:msg_test_10`)).toBe(0);
  expect(await tests.begin(named(1, 'other'))).toEqual({ kind: 'ok' });
  await redis.pexpire(`${TAG}:caller:acme:tests`, 1);
  await expect.poll(() => tests.begin(named(11))).toEqual({ kind: 'ok' });
});
