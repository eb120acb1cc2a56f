import type { Identity } from '@reelay/callers';
import { expect, test } from 'vitest';
import { createIdentityCache } from '../src/identity-cache.ts';

const ACME: Identity = { caller: 'acme', kid: 'k', scopes: ['read'], limits: {}, expiresAt: undefined };
const UNIX_MS = 1_800_000_000_000;

/** A cache on a clock that is moved by hand; every look-up is noted and answered by `answer`. */
function setup(answer: (key: string) => Promise<Identity | undefined>) {
  const clock = { at: 0 };
  const lookUps: string[] = [];
  const cache = createIdentityCache({
    identify: (key) => {
      lookUps.push(key);
      return answer(key);
    },
    monotonicMs: () => clock.at,
    now: () => UNIX_MS + clock.at,
  });
  return { clock, lookUps, cache };
}

/** Right keys begin with "right". */
const byName = async (key: string) => (key.startsWith('right') ? ACME : undefined);

test('a known key is looked up again after 3 seconds', async () => {
  const { clock, lookUps, cache } = setup(async () => ACME);
  await cache.identify('k');
  clock.at = 2_999;
  expect(await cache.identify('k')).toEqual(ACME);
  expect(lookUps).toHaveLength(1);
  clock.at = 3_000;
  await cache.identify('k');
  expect(lookUps).toHaveLength(2);
});

test('a key that expires is not remembered for longer than it lives', async () => {
  const expiring = { ...ACME, expiresAt: UNIX_MS + 1_200 };
  const { clock, lookUps, cache } = setup(async () => (clock.at < 1_200 ? expiring : undefined));
  expect(await cache.identify('k')).toEqual(expiring);
  clock.at = 1_199;
  expect(await cache.identify('k')).toEqual(expiring);
  expect(lookUps).toHaveLength(1);
  clock.at = 1_200;
  expect(await cache.identify('k')).toBe(undefined);
});

test('the 3 seconds begin when the look-up is sent, not when it is answered', async () => {
  const { clock, lookUps, cache } = setup(async () => {
    clock.at += 2_000;
    return ACME;
  });
  await cache.identify('k');
  clock.at = 3_000;
  await cache.identify('k');
  expect(lookUps).toHaveLength(2);
});

test('a refused key is looked up again after 1 second', async () => {
  const { clock, lookUps, cache } = setup(async () => undefined);
  await cache.identify('k');
  clock.at = 999;
  await cache.identify('k');
  expect(lookUps).toHaveLength(1);
  clock.at = 1_000;
  await cache.identify('k');
  expect(lookUps).toHaveLength(2);
});

test('look-ups of one key at the same time share one', async () => {
  const { lookUps, cache } = setup(async () => ACME);
  await Promise.all([cache.identify('k'), cache.identify('k'), cache.identify('other')]);
  expect(lookUps).toEqual(['k', 'other']);
});

test('a look-up that failed is not remembered', async () => {
  const { lookUps, cache } = setup(async () => {
    if (lookUps.length === 1) throw new Error('Redis is away');
    return ACME;
  });
  await expect(cache.identify('k')).rejects.toThrow('Redis is away');
  expect(await cache.identify('k')).toEqual(ACME);
});

test('it holds 10,000 right keys and forgets the oldest', async () => {
  const { lookUps, cache } = setup(byName);
  for (let i = 0; i <= 10_000; i++) await cache.identify(`right${i}`);
  await cache.identify('right1');
  expect(lookUps).toHaveLength(10_001);
  await cache.identify('right0');
  expect(lookUps).toHaveLength(10_002);
});

test('20,000 wrong keys drive no right one out', async () => {
  const { lookUps, cache } = setup(byName);
  await cache.identify('right');
  for (let i = 0; i < 20_000; i++) await cache.identify(`wrong${i}`);
  lookUps.length = 0;
  expect(await cache.identify('right')).toEqual(ACME);
  expect(lookUps).toEqual([]);
});

test('a right key stays known after its 3 seconds, and is unknown as soon as it is refused', async () => {
  const state = { revoked: false };
  const { clock, cache } = setup(async () => (state.revoked ? undefined : ACME));
  expect(cache.knows('k')).toBe(false);
  await cache.identify('k');
  clock.at = 3_600_000;
  expect(cache.knows('k')).toBe(true);
  state.revoked = true;
  await cache.identify('k');
  expect(cache.knows('k')).toBe(false);
});

test('at most 500 unknown keys are looked up at once; a known one passes', async () => {
  const answers: (() => void)[] = [];
  const { clock, cache, lookUps } = setup((key) =>
    key === 'right' ? Promise.resolve(ACME) : new Promise((resolve) => answers.push(() => resolve(undefined))),
  );
  await cache.identify('right');
  clock.at = 10_000;
  const flood = Array.from({ length: 500 }, (_, i) => cache.identify(`wrong${i}`));
  await expect(cache.identify('one more')).rejects.toMatchObject({ answerCode: 'overloaded' });
  expect(await cache.identify('right')).toEqual(ACME);
  for (const answer of answers) answer();
  await Promise.all(flood);
  expect(lookUps).toHaveLength(502);
});
