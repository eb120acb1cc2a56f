import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, type Reelay, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { closeBooks } from '../house/books.ts';
import { submitBurst } from '../house/burst.ts';
import { countByStatus, readOpenTasks } from '../house/open-tasks.ts';
import type { Sent } from '../house/traffic.ts';
import { type Awaited, deleteQueueKeys, openQueuesToLook, readAwaited, stillWaiting } from '../house/wake-ups.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const DELIVERIES = 100;
const POLLING = 250;
const IN_POST = 50;
const QUEUED = 200;
const OPEN = POLLING + IN_POST + QUEUED;
const REPAIRED_WITHIN_S = 60;
const BETWEEN_LOOKS_MS = 500;

/**
 * Deletes all that BullMQ keeps, in the middle of everything. Only the records stay, and the records are the truth; polls go
 * on as if nothing had happened, as no job wakes them.
 */
export function keysDeleted(): Proof {
  return {
    title: `All BullMQ keys deleted with ${OPEN} tasks open and ${DELIVERIES} deliveries pending: all is put back, and polling goes on`,
    async run(say): Promise<Figures> {
      const house = await startReelay({
        env: {
          UPSTREAM_MAX_IN_FLIGHT: String(POLLING + IN_POST), // the rest stays queued behind it
          POLL_INTERVAL: '1s',
          WEBHOOK_RETRY_SCHEDULE: '40s,5s,5s',
        },
      });
      const redis = new Redis(house.redis.url);
      const queues = openQueuesToLook(redis);
      try {
        const sent = await fill(house, redis);
        const before = await readAwaited(redis);
        const statuses = countByStatus(await readOpenTasks(redis));
        const deletedKeys = await deleteQueueKeys(redis);
        const deletedAt = performance.now();
        say(`${deletedKeys} keys deleted; open: ${JSON.stringify(statuses)}, awaited: ${before.size}`);

        const { left, lastBy } = await watchRepairs(before, deletedAt, (rest) => stillWaiting(redis, queues, rest));
        const { tasks, verdict, mostPosts } = await closeBooks(house, sent, { withinMs: 120_000 });
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        const figures = {
          deleted_keys: deletedKeys,
          open: Object.values(statuses).reduce((sum, count) => sum + count, 0),
          queued: statuses['queued'] ?? 0,
          in_post: statuses['submitting'] ?? 0,
          polling: (statuses['submitted'] ?? 0) + (statuses['running'] ?? 0),
          deliveries: [...before.values()].filter(({ by }) => by === 'deliver').length,
          not_repaired: left.size,
          queued_repaired_within_s: lastBy.submit,
          polled_again_within_s: lastBy.poll,
          deliveries_repaired_within_s: lastBy.deliver,
          most_posts_per_task: mostPosts,
          submit_unknown: verdict.figures.submitUnknown,
          succeeded: verdict.figures.succeeded,
          lost: verdict.violations.length,
        };
        return show(figures, {
          'as much was open as was asked for': figures.open >= OPEN && figures.in_post > 0 && figures.queued > 0,
          'as many deliveries were pending': figures.deliveries >= DELIVERIES,
          [`all repaired, and all polled again, within ${REPAIRED_WITHIN_S} s`]:
            left.size === 0 && Math.max(...Object.values(lastBy)) <= REPAIRED_WITHIN_S,
          'no second POST': mostPosts === 1,
          'no live claim was settled': figures.submit_unknown === 0,
          'every task succeeded': figures.succeeded === tasks.length,
          'the three ledgers agree': verdict.ok,
        });
      } finally {
        await queues.close();
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

/** How long it took until each had a job again or had moved on: the last one of each kind, in seconds. */
async function watchRepairs(
  before: ReadonlyMap<string, Awaited>,
  sinceMs: number,
  unrepaired: (rest: ReadonlyMap<string, Awaited>) => Promise<Map<string, Awaited>>,
): Promise<{ left: ReadonlyMap<string, Awaited>; lastBy: Record<Awaited['by'], number> }> {
  const lastBy = { submit: 0, poll: 0, deliver: 0 };
  let left = before;
  for (let seconds = 0; left.size > 0 && seconds < 2 * REPAIRED_WITHIN_S; ) {
    const still = await unrepaired(left);
    seconds = Math.round((performance.now() - sinceMs) / 100) / 10;
    for (const [id, { by }] of left) if (!still.has(id)) lastBy[by] = seconds;
    left = still;
    await sleep(BETWEEN_LOOKS_MS);
  }
  return { left, lastBy };
}

/** Deliveries that wait for their second attempt, then tasks that poll, that are in their POST, and that are queued. */
async function fill(house: Reelay, redis: Redis): Promise<Sent[]> {
  const delivering = await submitBurst(house, {
    name: 'delivering',
    count: DELIVERIES,
    prompt: '[takes=50ms]',
    inbox: 'fail-2/',
  });
  await eventually(
    async () => {
      const { size } = await readAwaited(redis);
      const open = (await readOpenTasks(redis)).length;
      if (open > 0 || size < DELIVERIES) throw new Error(`${open} tasks are open, ${size} things awaited`);
    },
    { timeoutMs: 15_000, everyMs: 100 },
  );
  const polling = await submitBurst(house, { name: 'polling', count: POLLING, prompt: '[takes=50s]' });
  await untilStatus(redis, /^(submitted|running)$/, POLLING);
  const inPost = await submitBurst(house, { name: 'in-post', count: IN_POST, prompt: '[answer-after=8s][takes=1s]' });
  await untilStatus(redis, /^submitting$/, IN_POST);
  const queued = await submitBurst(house, { name: 'queued', count: QUEUED, prompt: '[takes=1s]' });
  return [...delivering, ...polling, ...inPost, ...queued];
}

function untilStatus(redis: Redis, status: RegExp, count: number): Promise<void> {
  return eventually(
    async () => {
      const reached = (await readOpenTasks(redis)).filter((task) => status.test(task.status)).length;
      if (reached < count) throw new Error(`${reached} of ${count} tasks are ${status.source}`);
    },
    { timeoutMs: 20_000, everyMs: 100 },
  );
}
