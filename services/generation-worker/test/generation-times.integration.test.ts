import { connectPatiently, keyUnder } from '@reelay/redis';
import { eventually, redisForTests } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createGenerationTimes } from '../src/generation-times.ts';
import { nextPollMs } from '../src/poll-schedule.ts';

const shared = redisForTests();
const OF = { model: 'openai/sora-2/text-to-video', kind: '720p,4' };
const HOUR_MS = 3_600_000;
let accounts = 0;

/** Workers of one account that nobody else uses. */
function setup({ targetLagMs = 500 } = {}) {
  const account = `account_${++accounts}`;
  const clock = { at: 0 };
  const failures: unknown[] = [];
  function aWorker() {
    const redis = connectPatiently(shared.url, { info() {}, warn: (about: unknown) => void failures.push(about) });
    onTestFinished(() => redis.disconnect());
    const about = { redis, tag: '{reelay}', account, targetLagMs, usualMsOf: () => 60_000 };
    return { redis, ...createGenerationTimes({ ...about, monotonicMs: () => clock.at }) };
  }
  const keys = () => shared.client.keys(keyUnder('{reelay}', 'durations', account, '*'));
  return { aWorker, clock, keys };
}

type Worker = ReturnType<ReturnType<typeof setup>['aWorker']>;

/** A hundred tasks that took 18 to 22 s. */
function seesAHundred(worker: Worker): void {
  for (let i = 0; i < 100; i++) worker.saw(OF, 'submit', { afterMs: 18_000 + 40 * i, byMs: 18_040 + 40 * i });
}

function firstPollOf(worker: Worker): number {
  const timing = { intervalMs: 1_000, usualMs: 60_000, ...worker.knownOf(OF) };
  return nextPollMs({ ageMs: 0, leftMs: HOUR_MS }, timing, 0.5);
}

test('what one worker saw, another one polls by', async () => {
  const { aWorker } = setup();
  const [one, other] = [aWorker(), aWorker()];
  expect(firstPollOf(other)).toBe(1_000);
  seesAHundred(one);
  await one.sync();
  await other.sync();
  expect(firstPollOf(other)).toBeGreaterThan(10_000);
  expect(firstPollOf(one)).toBe(firstPollOf(other));
});

test('a worker that starts again knows what was learned', async () => {
  const { aWorker } = setup();
  const first = aWorker();
  seesAHundred(first);
  await first.sync();
  const second = aWorker();
  firstPollOf(second);
  await second.sync();
  expect(firstPollOf(second)).toBeGreaterThan(10_000);
});

test('what is learned fades: a hundred observations later one counts half', async () => {
  const { aWorker, keys } = setup();
  const worker = aWorker();
  worker.saw(OF, 'submit', { afterMs: 1_000, byMs: 1_000 });
  await worker.sync();
  seesAHundred(worker);
  await worker.sync();
  const [key = ''] = await keys();
  const counts = await shared.client.hgetall(key);
  expect(Number(counts['16'])).toBeCloseTo(0.5, 3); // 16 eighths of an octave above 250 ms
  expect(counts['n']).toBe('101');
  expect(await shared.client.pttl(key)).toBeGreaterThan(89 * 24 * HOUR_MS);
});

test('classes are learned apart, and so is the time from Running on', async () => {
  const { aWorker, keys } = setup();
  const worker = aWorker();
  worker.saw(OF, 'submit', { afterMs: 1, byMs: 2 });
  worker.saw(OF, 'running', { afterMs: 1, byMs: 2 });
  worker.saw({ ...OF, kind: '720p,8' }, 'submit', { afterMs: 1, byMs: 2 });
  await worker.sync();
  expect(await keys()).toHaveLength(3);
});

test('Running counts only where it says more', async () => {
  const { aWorker } = setup();
  const worker = aWorker();
  for (let i = 0; i < 100; i++) {
    worker.saw(OF, 'submit', { afterMs: 900 * i, byMs: 900 * i + 100 });
    worker.saw(OF, 'running', { afterMs: 9_000 + 10 * i, byMs: 9_010 + 10 * i });
    worker.saw({ ...OF, kind: 'blurred' }, 'submit', { afterMs: 9_000 + 10 * i, byMs: 9_010 + 10 * i });
    worker.saw({ ...OF, kind: 'blurred' }, 'running', { afterMs: 0, byMs: 9_010 + 10 * i });
  }
  await worker.sync();
  expect(worker.knownOf(OF)).toHaveProperty('fromRunning');
  expect(worker.knownOf({ ...OF, kind: 'blurred' })).not.toHaveProperty('fromRunning');
});

test('a plan is kept until much is new', async () => {
  const { aWorker, clock } = setup();
  const worker = aWorker();
  seesAHundred(worker);
  await worker.sync();
  const plan = worker.knownOf(OF)?.fromSubmit;
  for (let i = 0; i < 10; i++) worker.saw(OF, 'submit', { afterMs: 5_000, byMs: 5_000 });
  clock.at += 10_000;
  await worker.sync();
  expect(worker.knownOf(OF)?.fromSubmit).toBe(plan);
  for (let i = 0; i < 10; i++) worker.saw(OF, 'submit', { afterMs: 5_000, byMs: 5_000 });
  await worker.sync();
  expect(worker.knownOf(OF)?.fromSubmit).not.toBe(plan);
});

test('what could not be written is written with the next sync', async () => {
  const { aWorker, keys } = setup();
  const worker = aWorker();
  worker.saw(OF, 'submit', { afterMs: 1, byMs: 2 });
  worker.redis.disconnect();
  await expect(worker.sync()).rejects.toThrow();
  await worker.redis.connect();
  await eventually(async () => {
    await worker.sync();
    expect(await keys()).toHaveLength(1);
  });
});

test('neither more classes nor more observations than it can hold are kept', async () => {
  const { aWorker, keys } = setup();
  const worker = aWorker();
  for (let i = 0; i < 500; i++) worker.saw({ ...OF, kind: String(i) }, 'submit', { afterMs: 1, byMs: 2 });
  for (let i = 0; i < 2_000; i++) worker.saw({ ...OF, kind: '0' }, 'submit', { afterMs: 1, byMs: 2 });
  await worker.sync();
  expect(await keys()).toHaveLength(400);
  const seen = await shared.client.hget((await keys()).find((key) => key.endsWith(':0:submit')) ?? '', 'n');
  expect(Number(seen)).toBe(500);
});

test('with POLL_TARGET_LAG=0s nothing is learned', async () => {
  const { aWorker, keys } = setup({ targetLagMs: 0 });
  const worker = aWorker();
  seesAHundred(worker);
  await worker.sync();
  expect([await keys(), worker.knownOf(OF)]).toEqual([[], undefined]);
});
