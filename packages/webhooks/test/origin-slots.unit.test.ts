import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOriginSlots, type FreeSlot } from '../src/index.ts';

const ORIGIN = 'https://receiver.example';
const OTHER = 'https://other.example';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function setup({ limit = 4, perPair = 100, inAll = 100 } = {}) {
  const slots = createOriginSlots({ limit, mostWaiting: { perPair, inAll }, monotonicMs: () => Date.now() });

  /** Takes all slots of an origin. */
  async function fill(origin = ORIGIN): Promise<FreeSlot[]> {
    return Promise.all(Array.from({ length: limit }, () => got(slots.acquire('a', origin))));
  }

  /** Lets a receiver answer so often, each time after so long. */
  async function answers(times: number, { afterMs, origin = ORIGIN }: { afterMs: number; origin?: string }) {
    for (let n = 0; n < times; n++) {
      const free = await got(slots.acquire('a', origin));
      await vi.advanceTimersByTimeAsync(afterMs);
      free();
    }
  }

  /** Asks so many times at once; how many wait now, how many were sent away. */
  async function ask(count: number, { origin = ORIGIN, caller = 'a' } = {}) {
    let [sentAway, slot] = [0, 0];
    const frees: FreeSlot[] = [];
    const all = Array.from({ length: count }, async () => {
      const free = await slots.acquire(caller, origin);
      if (!free) sentAway++;
      else slot = frees.push(free);
    });
    await vi.advanceTimersByTimeAsync(0);
    return { waiting: count - sentAway - slot, sentAway, slot, frees, all: Promise.all(all) };
  }

  return { slots, fill, answers, ask };
}

async function got(slot: Promise<FreeSlot | null>): Promise<FreeSlot> {
  const free = await slot;
  if (!free) throw new Error('No slot');
  return free;
}

/** Ends what a test has begun: those who wait are sent away. */
async function waitedOut(): Promise<void> {
  await vi.advanceTimersByTimeAsync(250);
}

test('the fifth attempt of one caller to one origin waits, and has a slot when another ends', async () => {
  const { slots, fill } = setup();
  const [first] = await fill();
  const order: string[] = [];
  const fifth = slots.acquire('a', ORIGIN).then((free) => order.push(free ? 'fifth' : 'nothing'));
  await vi.advanceTimersByTimeAsync(10);
  order.push('freed');
  first?.();
  await fifth;
  expect(order).toEqual(['freed', 'fifth']);
});

test('those who wait come in their order, and nobody who asks later comes before them', async () => {
  const { slots, fill } = setup({ limit: 1 });
  const [free] = await fill();
  const order: number[] = [];
  const all = [1, 2, 3].map(async (n) => {
    const next = await got(slots.acquire('a', ORIGIN));
    order.push(n);
    next();
  });
  free?.();
  await Promise.all([...all, got(slots.acquire('a', ORIGIN)).then((last) => [order.push(4), last()])]);
  expect(order).toEqual([1, 2, 3, 4]);
});

test('never more than the limit are in flight, however many wait', async () => {
  const { slots } = setup({ limit: 4 });
  let [inFlight, most] = [0, 0];
  const attempt = async () => {
    const free = await got(slots.acquire('a', ORIGIN));
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inFlight--;
    free();
  };
  const all = Promise.all(Array.from({ length: 30 }, attempt));
  await vi.runAllTimersAsync();
  await all;
  expect(most).toBe(4);
});

test('a full origin of one caller takes nothing from another caller or another origin', async () => {
  const { slots, fill } = setup({ limit: 1 });
  await fill();
  expect(await slots.acquire('b', ORIGIN)).not.toBeNull();
  expect(await slots.acquire('a', `${ORIGIN}:8443`)).not.toBeNull();
});

test('giving a slot back twice frees it once', async () => {
  const { slots, fill, ask } = setup({ limit: 2 });
  const [first] = await fill();
  first?.();
  first?.();
  expect(await slots.acquire('a', ORIGIN)).not.toBeNull();
  expect((await ask(1)).waiting).toBe(1);
  await waitedOut();
});

test('nobody waits longer than 250 ms, and the slot then goes to one who still waits', async () => {
  const { slots, fill } = setup({ limit: 1 });
  const [free] = await fill();
  let early: FreeSlot | null | undefined;
  const waited = slots.acquire('a', ORIGIN).then((slot) => (early = slot));
  await vi.advanceTimersByTimeAsync(100);
  const late = slots.acquire('a', ORIGIN);
  await vi.advanceTimersByTimeAsync(149);
  expect(early).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(await waited).toBeNull();
  free?.();
  expect(await late).not.toBeNull();
});

test('a receiver that answers slowly is not waited for', async () => {
  const { answers, fill, ask } = setup();
  await answers(10, { afterMs: 2_000 });
  await fill();
  expect(await ask(5)).toMatchObject({ waiting: 0, sentAway: 5 });
});

test('nor is one that answered quickly, and does not any more', async () => {
  const { answers, fill, ask } = setup();
  await answers(10, { afterMs: 2 });
  await fill();
  await vi.advanceTimersByTimeAsync(1_001);
  expect(await ask(5)).toMatchObject({ waiting: 0, sentAway: 5 });
});

test.each([
  [2, 199],
  [50, 20],
  [200, 5],
])('for one that answers in %i ms %i may wait', async (afterMs, waiting) => {
  const { answers, fill, ask } = setup();
  await answers(40, { afterMs });
  await fill();
  expect(await ask(200)).toMatchObject({ waiting, sentAway: 200 - waiting });
  await waitedOut();
});

test('one that has become quick again is waited for again', async () => {
  const { answers, fill, ask } = setup();
  await answers(10, { afterMs: 15_000 });
  await answers(30, { afterMs: 5 });
  await fill();
  expect((await ask(5)).waiting).toBe(5);
  await waitedOut();
});

test('of a thousand for a receiver that takes its time only its share waits, and of all receivers only so many', async () => {
  const { answers, fill, ask } = setup({ limit: 1, perPair: 3, inAll: 5 });
  for (const origin of [ORIGIN, OTHER]) await answers(40, { afterMs: 60, origin });
  for (const origin of [ORIGIN, OTHER]) await fill(origin);
  expect(await ask(1_000)).toMatchObject({ waiting: 3, sentAway: 997 });
  expect(await ask(1_000, { origin: OTHER })).toMatchObject({ waiting: 2, sentAway: 998 });
  await waitedOut();
});

test('a turn that comes at once is waited for, however many others wait', async () => {
  const { answers, fill, ask } = setup({ perPair: 0, inAll: 0 });
  await answers(40, { afterMs: 2 });
  await fill();
  expect(await ask(40)).toMatchObject({ waiting: 40, sentAway: 0 });
  await waitedOut();
});

test('a place among those who wait is free again when its holder has come in turn', async () => {
  const { answers, fill, ask } = setup({ limit: 1, perPair: 1, inAll: 1 });
  await answers(40, { afterMs: 120 });
  const [free] = await fill();
  const first = await ask(1);
  expect((await ask(1)).sentAway).toBe(1);
  await vi.advanceTimersByTimeAsync(120);
  free?.();
  await first.all;
  expect((await ask(1)).waiting).toBe(1);
  await waitedOut();
});

/** How long each of so many is sent away for who ask one after the other and find all slots taken. */
async function turnsOf(count: number, about: { everyMs?: number; random?: () => number } = {}) {
  const { everyMs = 0, random = () => 0.5 } = about;
  const { slots, fill } = setup({ limit: 1 });
  const [free] = await fill();
  const turns: number[] = [];
  for (let n = 0; n < count; n++) {
    turns.push(slots.turnMs('a', ORIGIN, random));
    await vi.advanceTimersByTimeAsync(everyMs);
  }
  return { slots, free, turns };
}

test('somebody who is sent away asks again after 100 to 200 ms', async () => {
  expect((await turnsOf(1, { random: () => 0 })).turns).toEqual([100]);
  expect((await turnsOf(1, { random: () => 1 })).turns).toEqual([200]);
});

test('a thousand for a receiver that never answers come one by one, not all again at once', async () => {
  const { turns } = await turnsOf(1_000, { everyMs: 1 });
  const perSecond = Map.groupBy(turns, (waitMs, n) => Math.floor((n + waitMs) / 1_000));
  expect(Math.max(...turns)).toBeLessThanOrEqual(30_000);
  for (const [second, some] of perSecond) if (second > 2 && second < 15) expect(some.length).toBeLessThanOrEqual(21);
});

test('the end of a long queue is spread over 15 to 30 s', async () => {
  let n = 0;
  const { turns } = await turnsOf(2_000, { everyMs: 1, random: () => (n++ % 100) / 100 });
  const last = turns.slice(-100);
  expect(Math.min(...last)).toBeGreaterThan(15_000);
  expect(Math.max(...last)).toBeLessThanOrEqual(30_000);
  expect(new Set(last).size).toBeGreaterThan(40);
});

test('while slots are given back quickly, those who are sent away come close together', async () => {
  const { slots } = setup({ limit: 2 });
  await slots.acquire('a', ORIGIN);
  const turns: number[] = [];
  for (let n = 0; n < 100; n++) {
    const free = await got(slots.acquire('a', ORIGIN));
    await vi.advanceTimersByTimeAsync(1);
    turns.push(slots.turnMs('a', ORIGIN, () => 0));
    free();
  }
  expect(Math.max(...turns)).toBeLessThan(200);
});

test('the turns of one caller and origin are not another one’s, and end with its last attempt', async () => {
  const { slots, free } = await turnsOf(500);
  await slots.acquire('b', ORIGIN);
  expect(slots.turnMs('b', ORIGIN, () => 0)).toBe(100);
  expect(slots.turnMs('a', ORIGIN, () => 0)).toBeGreaterThan(100);
  free?.();
  expect(slots.turnMs('a', ORIGIN, () => 0)).toBe(100);
});
