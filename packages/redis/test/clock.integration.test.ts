import { eventually, redisForTests, startRedis } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createRedisClock } from '../src/index.ts';
import { connected } from './quiet.ts';

const shared = redisForTests();
const HOUR_MS = 3_600_000;
const wrongByAnHour = { monotonicMs: () => performance.now(), wallMs: () => Date.now() + HOUR_MS };

async function redisTimeMs(): Promise<number> {
  const [seconds, micros] = await shared.client.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}

test('the time is that of Redis, however wrong the wall clock of this machine is', async () => {
  const clock = createRedisClock(connected(shared.url), wrongByAnHour);
  onTestFinished(() => clock.stop());
  await eventually(async () => expect(Math.abs(clock.now() - (await redisTimeMs()))).toBeLessThan(200));
});

test('a connection that stands already is asked at once', async () => {
  const redis = connected(shared.url);
  await redis.ping();
  const clock = createRedisClock(redis, wrongByAnHour);
  onTestFinished(() => clock.stop());
  await redis.ping(); // its answer comes after that of the clock's TIME
  expect(Math.abs(clock.now() - (await redisTimeMs()))).toBeLessThan(200);
});

test('until Redis answered, the wall clock stands in', () => {
  const clock = createRedisClock(connected('redis://127.0.0.1:1'), {
    monotonicMs: () => 5_000,
    wallMs: () => 1_700_000,
  });
  onTestFinished(() => clock.stop());
  expect(clock.now()).toBe(1_700_000);
});

test('time goes on by the monotonic clock: a wall clock that is set anew moves nothing', async () => {
  const local = { monotonic: 1_000, wall: 9_000_000 };
  const redis = connected('redis://127.0.0.1:1');
  const clock = createRedisClock(redis, { monotonicMs: () => local.monotonic, wallMs: () => local.wall });
  onTestFinished(() => clock.stop());
  local.wall += HOUR_MS;
  local.monotonic += 250.5;
  expect(clock.now()).toBe(9_000_250);
});

test('after a reconnect the time is learnt anew', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const local = { drift: 0, monotonicMs: () => performance.now() + local.drift, wallMs: Date.now };
  const redis = connected(server.url);
  await redis.ping();
  const clock = createRedisClock(redis, local);
  onTestFinished(() => clock.stop());
  await redis.ping();
  local.drift = HOUR_MS; // as a machine that slept
  expect(clock.now() - (await redisTimeMs())).toBeGreaterThan(HOUR_MS / 2);
  await server.restart();
  await eventually(async () => expect(Math.abs(clock.now() - (await redisTimeMs()))).toBeLessThan(1_000));
});
