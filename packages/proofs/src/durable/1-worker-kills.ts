import { percentile } from '@reelay/bench';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { CRASH_LABELS, type CrashLabel } from '@reelay/telemetry';
import { between, type Reelay, seededRandom, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { closeBooks } from '../house/books.ts';
import { type Steps, watchHands, watchSteps } from '../house/steps.ts';
import { startTraffic } from '../house/traffic.ts';
import { type Proof, show } from '../proof.ts';

const VICTIMS_AT_ONCE = 5;
const LABELS: readonly CrashLabel[] = CRASH_LABELS.filter((label) => label !== 'before_send' && label !== 'after_send');
const RECOVERY_P99_MS = 15_000;

/** What one kill left behind. */
interface Kill {
  readonly atMs: number;
  /** Jobs whose step had begun and not ended. */
  readonly jobs: readonly string[];
  /** Tasks that stood in `submitting` under a claim of the dead worker. */
  readonly submitting: number;
}

/** SIGKILLs generation-workers at labelled points while tasks flow; a steady one and the next victims take over. */
export function workerKills(about: { kills: number; seed: number }): Proof {
  return {
    title: `${about.kills} SIGKILLs of generation-workers at labelled points lose nothing and pay for nothing twice`,
    async run(say) {
      const house = await startReelay({
        env: { LOG_LEVEL: 'debug', POLL_INTERVAL: '150ms', SUBMIT_CONCURRENCY: '4', POLL_CONCURRENCY: '8' },
        simulatorEnv: { SIMULATOR_MEDIAN: '1500ms' },
        workers: 0,
      });
      const redis = new Redis(house.redis.url);
      const steps = watchSteps();
      try {
        await house.start('webhook-worker');
        await house.start('generation-worker', {}, steps.note);
        const traffic = startTraffic(house, { perSecond: 15, prompt: () => '[answer-after=60ms]' });
        const done = await killAll({ house, redis, steps, say, ...about });
        const { tasks, verdict, mostPosts } = await closeBooks(house, await traffic.stop(), { withinMs: 90_000 });
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        const recoveries = done.flatMap((kill) => recoveriesAfter(kill, steps));
        const unknown = verdict.figures.submitUnknown;
        const stood = done.reduce((sum, kill) => sum + kill.submitting, 0);
        const p99 = percentile(recoveries, 0.99);
        const figures = {
          kills: done.length,
          tasks: tasks.length,
          lost: verdict.figures.notFinal,
          violations: verdict.violations.length,
          most_posts_per_task: mostPosts,
          submit_unknown: unknown,
          stood_in_submitting: stood,
          recoveries: recoveries.length,
          recovery_p50_ms: percentile(recoveries, 0.5),
          recovery_p99_ms: p99,
        };
        return show(figures, {
          'every kill happened': done.length === about.kills,
          'the three ledgers agree': verdict.ok,
          'POSTs per task <= 1': mostPosts <= 1,
          'submit_unknown <= tasks that stood in submitting': unknown <= stood,
          'steps were interrupted and recovered': recoveries.length >= about.kills / 4,
          [`recovery p99 <= ${RECOVERY_P99_MS} ms`]: p99 <= RECOVERY_P99_MS,
        });
      } finally {
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

/** Kill to the step's next start. A job that never starts again had made its last write before the kill. */
function recoveriesAfter(kill: Kill, steps: Steps): number[] {
  return kill.jobs.flatMap((job) => {
    const next = steps.nextStart(job, kill.atMs);
    return next === undefined ? [] : [next - kill.atMs];
  });
}

interface Run {
  readonly house: Reelay;
  readonly redis: Redis;
  readonly steps: Steps;
  readonly kills: number;
  readonly seed: number;
  say(line: string): void;
}

async function killAll(run: Run): Promise<Kill[]> {
  const random = seededRandom(run.seed);
  const done: Kill[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < run.kills) {
      const label = LABELS[next++ % LABELS.length];
      done.push(await killOne(run, `${label}@${between(random, { least: 1, most: 6 })}`));
      if (done.length % 20 === 0) run.say(`${done.length} kills`);
    }
  }
  await Promise.all(Array.from({ length: VICTIMS_AT_ONCE }, lane));
  return done;
}

async function killOne({ house, redis, steps }: Run, crashAt: string): Promise<Kill> {
  const hands = watchHands();
  const victim = await house.start('generation-worker', { CRASH_AT: crashAt }, (line) => {
    steps.note(line);
    hands.note(line);
  });
  const worker = String((await victim.ready)['worker']);
  await victim.exited;
  return { atMs: Date.now(), jobs: hands.jobs(), submitting: await countSubmitting(redis, worker) };
}

async function countSubmitting(redis: Redis, worker: string): Promise<number> {
  const ids = await redis.zrange(keyUnder(DEFAULT_TAG, 'open'), '0', '-1');
  const claims = await Promise.all(
    ids.map((id) => redis.hmget(keyUnder(DEFAULT_TAG, 'task', id), 'status', 'claim_worker')),
  );
  return claims.filter(([status, claimer]) => status === 'submitting' && claimer === worker).length;
}
