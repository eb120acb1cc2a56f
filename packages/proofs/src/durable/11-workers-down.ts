import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { closeBooks, markerOf } from '../house/books.ts';
import { submitBurst } from '../house/burst.ts';
import { readOpenTasks } from '../house/open-tasks.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const FINISH_WITHIN_S = 60;
const PAST_THE_DEADLINE_MS = 5_000;
const UNFINISHED = 5;

/**
 * Every generation-worker is dead when the deadline passes, and the upstream has finished meanwhile. The control: tasks
 * that the upstream has not finished either do expire, so the deadline was really over.
 */
export function workersDown(count: number): Proof {
  return {
    title: `${count} videos that were finished while all workers were down past finish_within are delivered`,
    async run(say): Promise<Figures> {
      const house = await startReelay({ workers: 2 });
      const redis = new Redis(house.redis.url);
      try {
        const more = { finish_within: FINISH_WITHIN_S };
        const sent = [
          ...(await submitBurst(house, { name: 'finished', count, prompt: '[takes=15s]', more })),
          ...(await submitBurst(house, { name: 'unfinished', count: UNFINISHED, prompt: '[takes=1h]', more })),
        ];
        await eventually(async () => {
          const submitted = (await readOpenTasks(redis)).filter(({ status }) => /^(submitted|running)$/.test(status));
          if (submitted.length < sent.length) throw new Error(`only ${submitted.length} tasks are submitted`);
        });
        const submittedAt = performance.now();
        const killed = house.running('generation-worker');
        for (const worker of killed) worker.kill('SIGKILL');
        await Promise.all(killed.map(({ exited }) => exited));
        say(`${sent.length} tasks are submitted, ${killed.length} workers are dead: waiting for the deadline`);
        await sleep(FINISH_WITHIN_S * 1_000 + PAST_THE_DEADLINE_MS);
        const left = await readOpenTasks(redis);
        const downMs = performance.now() - submittedAt;

        await house.start('generation-worker');
        const backAt = performance.now();
        const { tasks, verdict } = await closeBooks(house, sent, { withinMs: 120_000 });
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        const ended = (name: string, status: string) =>
          tasks.filter((task) => task.status === status && markerOf(task).startsWith(`${name}-`)).length;
        const figures = {
          tasks: tasks.length,
          workers_killed: killed.length,
          down_seconds: Math.round(downMs / 1_000),
          open_past_the_deadline: left.length,
          finished_upstream: count,
          succeeded: ended('finished', 'succeeded'),
          unfinished_upstream: UNFINISHED,
          expired: ended('unfinished', 'expired'),
          all_ended_after_seconds: Math.round((performance.now() - backAt) / 1_000),
          lost: verdict.violations.length,
        };
        return show(figures, {
          'all were open when their deadline was over': left.length === sent.length,
          'every finished video is delivered as succeeded': figures.succeeded === count,
          'what is not finished expires': figures.expired === UNFINISHED,
          'the three ledgers agree, every webhook arrived': verdict.ok,
        });
      } finally {
        redis.disconnect();
        await house.stop();
      }
    },
  };
}
