import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '@reelay/bench';
import { frozenFor, type Reelay, startReelay } from '@reelay/testing';
import { closeBooks } from '../house/books.ts';
import { type Steps, watchSteps } from '../house/steps.ts';
import { startTraffic } from '../house/traffic.ts';
import { type Proof, show } from '../proof.ts';

/** `gone`: killed, and started again after that time. `frozen`: SIGSTOP, SIGCONT. */
interface Outage {
  readonly kind: 'gone' | 'frozen';
  readonly seconds: number;
}

const OVERDUE_P99_MS = 5_000;
const BEFORE_MS = 6_000;
const AFTER_MS = 12_000;

/** Takes Redis away from running processes, for seconds and for minutes, with slow POSTs in flight. */
export function redisOutages(about: { outages: readonly Outage[] }): Proof {
  const list = about.outages.map(({ kind, seconds }) => `${kind} ${seconds} s`).join(', ');
  return {
    title: `Redis ${list}: everything goes on by itself, no healthy worker's answer is lost, a 503 told the truth`,
    async run(say) {
      const steps = watchSteps();
      const house = await startReelay({
        env: { LOG_LEVEL: 'debug' },
        simulatorEnv: { SIMULATOR_MEDIAN: '5s' },
        workers: 0,
      });
      try {
        await house.start('webhook-worker');
        for (let i = 0; i < 2; i++) await house.start('generation-worker', {}, steps.note);
        // Half of the POSTs are under way when Redis goes, and many are answered while it is away.
        const traffic = startTraffic(house, {
          perSecond: 8,
          prompt: (n) => (n % 2 === 0 ? '[answer-after=5s]' : ''),
          timeoutMs: 8_000,
        });
        const lags: number[] = [];
        for (const outage of about.outages) {
          const overdue = await takeAway(house, steps, outage);
          lags.push(...overdue.lags);
          say(
            `${outage.kind} ${outage.seconds} s: ${overdue.lags.length} overdue polls, p99 ${percentile(overdue.lags, 0.99)} ms`,
          );
        }
        const { tasks, verdict, mostPosts } = await closeBooks(house, await traffic.stop(), { withinMs: 90_000 });
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        const { accepted, acceptUnknown, unavailable, submitUnknown, lateAnswers } = verdict.figures;
        const p99 = percentile(lags, 0.99);
        const figures = {
          outages: list,
          tasks: tasks.length,
          accepted,
          accept_unknown: acceptUnknown,
          unavailable,
          violations: verdict.violations.length,
          most_posts_per_task: mostPosts,
          submit_unknown: submitUnknown,
          late_answers: lateAnswers,
          overdue_polls: lags.length,
          overdue_p99_ms: p99,
        };
        return show(figures, {
          'the three ledgers agree (an `unavailable` was never taken)': verdict.ok,
          'no answer of a healthy worker is lost': submitUnknown === 0 && lateAnswers === 0,
          'requests were refused': unavailable > 0,
          'polls were overdue': lags.length > 0,
          [`overdue polls p99 < ${OVERDUE_P99_MS} ms`]: p99 < OVERDUE_P99_MS,
        });
      } finally {
        await house.stop();
      }
    },
  };
}

/** One outage. Gives how long after its end each poll came that was due before. */
async function takeAway(house: Reelay, steps: Steps, { kind, seconds }: Outage): Promise<{ lags: number[] }> {
  await sleep(BEFORE_MS);
  const beganMs = Date.now();
  if (kind === 'frozen') {
    await frozenFor(house.redis.pid, seconds * 1_000);
  } else {
    house.redis.kill('SIGKILL');
    await house.redis.exited();
    await sleep(seconds * 1_000);
    await house.redis.restart();
  }
  const backMs = Date.now();
  await sleep(AFTER_MS);
  const polled = steps.startedBetween(beganMs - 1_500, beganMs).filter((job) => job.endsWith('-poll'));
  const lags = polled.flatMap((job) => {
    const next = steps.nextStart(job, backMs);
    return next === undefined ? [] : [next - backMs];
  });
  return { lags };
}
