import { setTimeout as sleep } from 'node:timers/promises';
import { type Reelay, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { type Asked, askSteadily, countAnswers } from '../house/asked.ts';
import { type Books, closeBooks } from '../house/books.ts';
import { mountSmallDisk, type SmallDisk } from '../house/small-disk.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const PER_SECOND = 15;
/** The POSTs take their time, so that some are under way whenever Redis becomes full. */
const PROMPT = '[answer-after=2s][takes=1s]';
const WELL_MS = 5_000;
const FULL_MS = 20_000;
const ROOM_LEFT_BYTES = 64 * 1024;
const DISK = '4m';
const DISK_FULL_WITHIN_MS = 60_000;
const RESTARTS_ON_THE_FULL_DISK = 3;

interface Part {
  readonly figures: Figures;
  readonly claims: Readonly<Record<string, boolean>>;
}

/** Redis has no memory left, then no disk: submits are refused truthfully, and what was accepted goes on after relief. */
export function redisFull(): Proof {
  return {
    title: 'Redis at maxmemory and on a full disk: 503 with Retry-After, and every accepted task ends after relief',
    async run(say): Promise<Figures> {
      const memory = await memoryFull(say);
      const disk = await diskFull(say);
      return show({ ...memory.figures, ...disk.figures }, { ...memory.claims, ...disk.claims });
    },
  };
}

async function memoryFull(say: (line: string) => void): Promise<Part> {
  const house = await startReelay({ workers: 2 });
  const redis = new Redis(house.redis.url);
  try {
    const asking = askSteadily(house, { name: 'memory', perSecond: PER_SECOND, prompt: PROMPT });
    await sleep(WELL_MS);
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', String(used + ROOM_LEFT_BYTES));
    await sleep(FULL_MS);
    const whileFull = [...asking.asked];
    say(`maxmemory: ${JSON.stringify(countAnswers(whileFull))}`);
    await redis.config('SET', 'maxmemory', '0');
    await sleep(WELL_MS);
    return await close(house, 'memory', await asking.stop(), say);
  } finally {
    redis.disconnect();
    await house.stop();
  }
}

async function diskFull(say: (line: string) => void): Promise<Part> {
  const disk = await mountSmallDisk(DISK);
  try {
    return await onDisk(disk, say);
  } finally {
    await disk.remove();
  }
}

async function onDisk(disk: SmallDisk, say: (line: string) => void): Promise<Part> {
  const house = await startReelay({ workers: 2, redisArgs: ['--dir', disk.folder] });
  try {
    const asking = askSteadily(house, { name: 'disk', perSecond: PER_SECOND, prompt: PROMPT });
    if (!(await endsWithin(house, DISK_FULL_WITHIN_MS))) throw new Error(`Redis never filled a disk of ${DISK}`);
    await sleep(WELL_MS);
    // A supervisor would start it again and again, and nothing has been freed yet.
    for (let i = 0; i < RESTARTS_ON_THE_FULL_DISK; i++) {
      await house.redis.restart().catch(() => {});
      await endsWithin(house, WELL_MS);
    }
    say(`full disk: ${JSON.stringify(countAnswers(asking.asked))}`);
    await disk.resize('64m');
    await house.redis.restart();
    await sleep(WELL_MS);
    return await close(house, 'disk', await asking.stop(), say);
  } finally {
    await house.stop();
  }
}

async function endsWithin(house: Reelay, ms: number): Promise<boolean> {
  const giveUp = new AbortController();
  const late = sleep(ms, false, { signal: giveUp.signal }).catch(() => false);
  try {
    return await Promise.race([house.redis.exited().then(() => true), late]);
  } finally {
    giveUp.abort();
  }
}

async function close(house: Reelay, name: string, asked: readonly Asked[], say: (line: string) => void): Promise<Part> {
  const relievedAt = performance.now();
  const books = await closeBooks(house, asked, { withinMs: 120_000 });
  for (const violation of books.verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
  const answers = countAnswers(asked);
  const named = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}_${key}`, value]));
  return {
    figures: named({ ...answers, ...endingsOf(books), ended_after_s: secondsSince(relievedAt) }),
    claims: {
      [`${name}: it was full, and submits were refused`]: answers.unavailable > 0,
      [`${name}: every refusal is a 503 with Retry-After`]:
        answers.neither_200_nor_503 === 0 && answers.without_retry_after === 0,
      [`${name}: every accepted task ended as succeeded`]: books.tasks.every(({ status }) => status === 'succeeded'),
      [`${name}: one POST per task`]: books.mostPosts === 1,
      [`${name}: the three ledgers agree`]: books.verdict.ok,
    },
  };
}

function endingsOf({ tasks, verdict, mostPosts }: Books) {
  return {
    tasks: tasks.length,
    succeeded: verdict.figures.succeeded,
    submit_unknown: verdict.figures.submitUnknown,
    most_posts_per_task: mostPosts,
    lost: verdict.violations.length,
  };
}

function secondsSince(ms: number): number {
  return Math.round((performance.now() - ms) / 1_000);
}
