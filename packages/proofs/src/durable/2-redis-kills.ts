import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { between, type Random, type Reelay, seededRandom, slowFsyncLibrary, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { closeBooks } from '../house/books.ts';
import { startTraffic, type Traffic } from '../house/traffic.ts';
import { NotShown, type Proof, show } from '../proof.ts';

const SLOW_FSYNC_MS = 1_500;
/** A kill comes after some slow writes have been acknowledged. */
const BETWEEN_KILLS_MS = { least: 6_000, most: 9_000 };
const CONTROL_KILLS = 5;

/**
 * SIGKILLs Redis while every fsync takes 1.5 s. On a fast disk every policy survives that; with a slow one `everysec`
 * loses what it acknowledged, which is the control.
 */
export function redisKills(about: { kills: number; seed: number }): Proof {
  return {
    title: `${about.kills} SIGKILLs of Redis with fsync slowed to 1.5 s lose nothing; with everysec they do`,
    async run(say) {
      const library = await slowFsyncLibrary();
      if ('missing' in library) throw new NotShown(`No slow disk can be made here: ${library.missing}`, {});
      const preload = library.path;
      const random = seededRandom(about.seed);
      const always = await killAlways({ preload, random, say, kills: about.kills });
      const control = await killEverysec({ preload, random, say, kills: CONTROL_KILLS });
      const figures = {
        ...always,
        control_kills: CONTROL_KILLS,
        control_accepted: control.accepted,
        control_lost: control.lost,
      };
      return show(figures, {
        'lost 0': always.lost === 0,
        'the three ledgers agree': always.violations === 0,
        'tasks were accepted': always.accepted >= about.kills,
        'the control run loses': control.lost > 0,
      });
    },
  };
}

interface Run {
  readonly preload: string;
  readonly random: Random;
  readonly kills: number;
  say(line: string): void;
}

async function killAlways({ preload, random, kills, say }: Run) {
  const redisEnv = { LD_PRELOAD: preload, SLOW_FSYNC_MS: String(SLOW_FSYNC_MS) };
  const house = await startReelay({
    redisEnv: { LD_PRELOAD: preload, SLOW_FSYNC_MS: '0' },
    simulatorEnv: { SIMULATOR_MEDIAN: '1s' },
  });
  try {
    await slowDown(house, redisEnv);
    const traffic = startTraffic(house, { perSecond: 20 });
    for (let i = 1; i <= kills; i++) {
      await sleep(between(random, BETWEEN_KILLS_MS));
      await killRedis(house);
      if (i % 5 === 0) say(`${i} kills with appendfsync always, ${acceptedIds(traffic).length} accepted`);
    }
    const sent = await traffic.stop();
    await slowDown(house, { ...redisEnv, SLOW_FSYNC_MS: '0' });
    const lost = await countMissing(house, acceptedIds(traffic));
    const { verdict } = await closeBooks(house, sent, { withinMs: 120_000 });
    for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
    const { accepted, acceptUnknown, unavailable, submitUnknown } = verdict.figures;
    return {
      kills,
      accepted,
      accept_unknown: acceptUnknown,
      unavailable,
      submit_unknown: submitUnknown,
      lost,
      violations: verdict.violations.length,
    };
  } finally {
    await house.stop();
  }
}

/** The api alone, so that nothing but accepts is written: what it acknowledged and Redis forgot is the loss. */
async function killEverysec({ preload, random, kills, say }: Run) {
  const house = await startReelay({
    redisArgs: ['--appendfsync', 'everysec'],
    redisEnv: { LD_PRELOAD: preload, SLOW_FSYNC_MS: '0' },
    workers: 0,
  });
  try {
    await slowDown(house, { LD_PRELOAD: preload, SLOW_FSYNC_MS: String(SLOW_FSYNC_MS) });
    const traffic = startTraffic(house, { perSecond: 100 });
    for (let i = 0; i < kills; i++) {
      await sleep(between(random, BETWEEN_KILLS_MS));
      await killRedis(house);
    }
    await traffic.stop();
    const ids = acceptedIds(traffic);
    const lost = await countMissing(house, ids);
    say(`the control with everysec lost ${lost} of ${ids.length} accepted tasks`);
    return { accepted: ids.length, lost };
  } finally {
    await house.stop();
  }
}

async function slowDown(house: Reelay, env: Readonly<Record<string, string>>): Promise<void> {
  await house.redis.restart({ env });
}

async function killRedis(house: Reelay): Promise<void> {
  house.redis.kill('SIGKILL');
  await house.redis.exited();
  await house.redis.restart();
}

function acceptedIds(traffic: Traffic): string[] {
  return traffic.sent.flatMap(({ told }) => (told.outcome === 'accepted' ? [told.taskId] : []));
}

async function countMissing(house: Reelay, ids: readonly string[]): Promise<number> {
  const redis = new Redis(house.redis.url);
  try {
    const there = await Promise.all(ids.map((id) => redis.exists(keyUnder(DEFAULT_TAG, 'task', id))));
    return there.filter((exists) => exists === 0).length;
  } finally {
    redis.disconnect();
  }
}
