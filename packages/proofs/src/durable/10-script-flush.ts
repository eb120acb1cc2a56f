import { setTimeout as sleep } from 'node:timers/promises';
import { getTask, type Reelay, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { closeBooks } from '../house/books.ts';
import { type Sent, startTraffic } from '../house/traffic.ts';
import { type Figures, type Proof, show } from '../proof.ts';

/** Takes every script away from Redis once a second while tasks flow, and asks for each accepted task at once. */
export function scriptFlush(seconds: number): Proof {
  return {
    title: `SCRIPT FLUSH every second for ${seconds} s loses nothing and answers 200 for nothing that does not exist`,
    async run(say): Promise<Figures> {
      const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '1s' } });
      const redis = new Redis(house.redis.url);
      try {
        const traffic = startTraffic(house, { perSecond: 15 });
        const asking = askForAccepted(house, traffic.sent);
        const flushes = await flushEverySecond(redis, seconds);
        const sent = await traffic.stop();
        const { asked, missing } = await asking.stop();
        const noScript = await countNoScript(redis);
        const { tasks, verdict, mostPosts } = await closeBooks(house, sent);
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        const accepted = sent.filter(({ told }) => told.outcome === 'accepted').length;
        const figures = {
          flushes,
          noscript_replies: noScript,
          requests: sent.length,
          accepted,
          asked_for_at_once: asked,
          not_found: missing,
          tasks: tasks.length,
          succeeded: tasks.filter(({ status }) => status === 'succeeded').length,
          most_posts_per_task: mostPosts,
          lost: verdict.violations.length,
        };
        return show(figures, {
          'scripts were missing when they were needed': noScript >= flushes,
          'every request was accepted': accepted === sent.length,
          'every accepted task was asked for at once and exists': asked === accepted && missing === 0,
          'every task succeeded': figures.succeeded === tasks.length && tasks.length === sent.length,
          'the three ledgers agree': verdict.ok,
        });
      } finally {
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

async function flushEverySecond(redis: Redis, seconds: number): Promise<number> {
  let flushes = 0;
  for (; flushes < seconds; flushes++) {
    await sleep(1_000);
    await redis.script('FLUSH', 'SYNC');
  }
  return flushes;
}

const LOOK_MS = 10;

/** Follows the answers as they come in, and reads each task that was answered 200. */
function askForAccepted(house: Reelay, sent: readonly Sent[]) {
  let stopped = false;
  let next = 0;
  let asked = 0;
  let missing = 0;

  async function ask(): Promise<void> {
    while (!stopped || next < sent.length) {
      const told = sent[next]?.told;
      if (!told) {
        await sleep(LOOK_MS);
        continue;
      }
      next++;
      if (told.outcome !== 'accepted') continue;
      asked++;
      if (!(await getTask(house, told.taskId))) missing++;
    }
  }
  const asking = ask();
  return {
    async stop(): Promise<{ asked: number; missing: number }> {
      stopped = true;
      await asking;
      return { asked, missing };
    },
  };
}

/** How often Redis was asked for a script that it did not hold, since it started. */
async function countNoScript(redis: Redis): Promise<number> {
  const stats = await redis.info('errorstats');
  return Number(/errorstat_NOSCRIPT:count=(\d+)/.exec(stats)?.[1] ?? 0);
}
