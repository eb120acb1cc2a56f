import { setTimeout as sleep } from 'node:timers/promises';
import { startReelay } from '@reelay/testing';
import { closeBooks } from '../house/books.ts';
import { watchSteps } from '../house/steps.ts';
import { startTraffic } from '../house/traffic.ts';
import { type Proof, show } from '../proof.ts';

const WORKERS = 3;
const GRACE_MS = 20_000;

/** Ends three workers one after the other by SIGTERM and starts new ones, several rounds, under load. */
export function rollingRestart(about: { rounds: number }): Proof {
  return {
    title: `${about.rounds} rolling restarts of ${WORKERS} workers by SIGTERM under load: nothing stalls, nothing is unknown`,
    async run(say) {
      const steps = watchSteps();
      const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '2s' }, workers: 0 });
      const ends: { ms: number; code: number | null }[] = [];
      try {
        await house.start('webhook-worker');
        for (let i = 0; i < WORKERS; i++) await house.start('generation-worker', {}, steps.note);
        const traffic = startTraffic(house, { perSecond: 25, prompt: () => '[answer-after=500ms]' });
        for (let round = 1; round <= about.rounds; round++) {
          for (const old of house.running('generation-worker')) {
            await sleep(1_500);
            const startedAt = performance.now();
            const { code } = await old.stop(GRACE_MS);
            ends.push({ ms: Math.round(performance.now() - startedAt), code });
            await house.start('generation-worker', {}, steps.note);
          }
          say(`round ${round} done`);
        }
        await sleep(12_000); // a stalled job would be noticed by now
        const { tasks, verdict, mostPosts } = await closeBooks(house, await traffic.stop());
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        const figures = {
          restarts: ends.length,
          tasks: tasks.length,
          violations: verdict.violations.length,
          most_posts_per_task: mostPosts,
          stalled: steps.count('A job was taken over from a worker that let its lock run out'),
          submit_unknown: verdict.figures.submitUnknown,
          longest_end_ms: Math.max(...ends.map(({ ms }) => ms)),
          clean_ends: ends.filter(({ code }) => code === 0).length,
        };
        return show(figures, {
          'the three ledgers agree': verdict.ok,
          'no job stalled': figures.stalled === 0,
          'no submit is unknown': figures.submit_unknown === 0,
          'each ended by itself inside its grace':
            figures.clean_ends === ends.length && figures.longest_end_ms < GRACE_MS,
        });
      } finally {
        await house.stop();
      }
    },
  };
}
