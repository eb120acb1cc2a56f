import type { Identity } from '@reelay/callers';
import { expect, test } from 'vitest';
import { createIdentityCache } from '../src/identity-cache.ts';

const ACME: Identity = { caller: 'acme', kid: 'k', scopes: ['read'], limits: {} };

/** A cache on a clock that is moved by hand; every look-up is noted and answered by `answer`. */
function setup(answer: (key: string) => Promise<Identity | undefined>) {
  const clock = { at: 0 };
  const lookUps: string[] = [];
  const identify = (key: string) => {
    lookUps.push(key);
    return answer(key);
  };
  return { clock, lookUps, cached: createIdentityCache({ identify, monotonicMs: () => clock.at }) };
}

test('a known key is looked up again after 5 seconds', async () => {
  const { clock, lookUps, cached } = setup(async () => ACME);
  await cached('k');
  clock.at = 4_999;
  expect(await cached('k')).toEqual(ACME);
  expect(lookUps).toHaveLength(1);
  clock.at = 5_000;
  await cached('k');
  expect(lookUps).toHaveLength(2);
});

test('a refused key is looked up again after 1 second', async () => {
  const { clock, lookUps, cached } = setup(async () => undefined);
  await cached('k');
  clock.at = 999;
  await cached('k');
  expect(lookUps).toHaveLength(1);
  clock.at = 1_000;
  await cached('k');
  expect(lookUps).toHaveLength(2);
});

test('look-ups of one key at the same time share one', async () => {
  const { lookUps, cached } = setup(async () => ACME);
  await Promise.all([cached('k'), cached('k'), cached('other')]);
  expect(lookUps).toEqual(['k', 'other']);
});

test('a look-up that failed is not remembered', async () => {
  const { lookUps, cached } = setup(async () => {
    if (lookUps.length === 1) throw new Error('Redis is away');
    return ACME;
  });
  await expect(cached('k')).rejects.toThrow('Redis is away');
  expect(await cached('k')).toEqual(ACME);
});

test('it holds 10,000 keys and forgets the oldest', async () => {
  const { lookUps, cached } = setup(async () => ACME);
  for (let i = 0; i <= 10_000; i++) await cached(`k${i}`);
  await cached('k1');
  expect(lookUps).toHaveLength(10_001);
  await cached('k0');
  expect(lookUps).toHaveLength(10_002);
});
