import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { CRASH_LABELS, type CrashLabel } from '@reelay/telemetry';
import { type LogLine, type Reelay, seededRandom, startReelay, type TestProcess } from '@reelay/testing';
import { Redis } from 'ioredis';
import { closeBooks } from '../house/books.ts';
import { percentile } from '../house/percentile.ts';
import { startTraffic } from '../house/traffic.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const VICTIMS_AT_ONCE = 5;
const LABELS: readonly CrashLabel[] = CRASH_LABELS.filter((label) => label !== 'before_send' && label !== 'after_send');
const RECOVERY_P99_MS = 15_000;

/** What one kill left behind. */
interface Kill {
  readonly label: CrashLabel;
  readonly atMs: number;
  /** Jobs whose step had begun and not ended. */
  readonly jobs: readonly string[];
  /** Tasks that stood in `submitting` under a claim of the dead worker. */
  readonly submitting: number;
}

/** SIGKILLs generation-workers at labelled points while tasks flow; a steady one and the next victims take over. */
export function workerKills(kills: number, seed: number): Proof {
  return {
    title: `${kills} SIGKILLs of generation-workers at labelled points lose nothing and pay for nothing twice`,
    async run(say): Promise<Figures> {
      const house = await startReelay({
        env: { LOG_LEVEL: 'debug', POLL_INTERVAL: '150ms', SUBMIT_CONCURRENCY: '4', POLL_CONCURRENCY: '8' },
        simulatorEnv: { SIMULATOR_MEDIAN: '1500ms', LOG_LEVEL: 'info' },
      });
      const redis = new Redis(house.redis.url);
      try {
        const starts = new Starts();
        await house.start('generation-worker', {}, starts.note);
        for (const first of house.running('generation-worker').slice(0, 1)) await first.stop(); // the unwatched one
        const traffic = startTraffic(house, { perSecond: 15, prompt: () => '[answer-after=60ms]' });
        const done = await killAll({ house, redis, starts, kills, random: seededRandom(seed), say });
        const sent = await traffic.stop();
        const { tasks, verdict, mostPosts } = await closeBooks(house, sent, { withinMs: 90_000 });
        const recoveries = done.flatMap((kill) => kill.jobs.map((job) => starts.nextAfter(job, kill.atMs) - kill.atMs));
        const unknown = tasks.filter((task) => task.error?.code === 'submit_unknown').length;
        const stood = done.reduce((sum, kill) => sum + kill.submitting, 0);
        const p99 = Math.round(percentile(recoveries.filter(Number.isFinite), 0.99));
        const figures = {
          kills: done.length,
          tasks: tasks.length,
          lost: verdict.violations.length,
          most_posts_per_task: mostPosts,
          submit_unknown: unknown,
          stood_in_submitting: stood,
          recoveries: recoveries.length,
          recovery_p50_ms: Math.round(percentile(recoveries.filter(Number.isFinite), 0.5)),
          recovery_p99_ms: p99,
        };
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));
        return show(figures, {
          'every kill happened': done.length === kills,
          'the three ledgers agree': verdict.ok,
          'submit_unknown <= tasks that stood in submitting': unknown <= stood,
          [`recovery p99 <= ${RECOVERY_P99_MS} ms`]: p99 <= RECOVERY_P99_MS,
        });
      } finally {
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

interface Run {
  readonly house: Reelay;
  readonly redis: Redis;
  readonly starts: Starts;
  readonly kills: number;
  readonly random: () => number;
  say(line: string): void;
}

async function killAll(run: Run): Promise<Kill[]> {
  const done: Kill[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < run.kills) {
      const index = next++;
      const label = LABELS[index % LABELS.length] ?? 'after_claim';
      done.push(await killOne(run, label, 1 + Math.floor(run.random() * 6)));
      if (done.length % 20 === 0) run.say(`${done.length} kills`);
    }
  }
  await Promise.all(Array.from({ length: VICTIMS_AT_ONCE }, lane));
  return done;
}

async function killOne({ house, redis, starts }: Run, label: CrashLabel, pass: number): Promise<Kill> {
  const open = new Set<string>();
  const victim: TestProcess = await house.start('generation-worker', { CRASH_AT: `${label}@${pass}` }, (line) => {
    starts.note(line);
    if (line['msg'] === 'step starts') open.add(String(line['job']));
    if (line['msg'] === 'step ends') open.delete(String(line['job']));
  });
  const worker = String((await victim.ready)['worker']);
  await victim.exited;
  const atMs = Date.now();
  return { label, atMs, jobs: [...open], submitting: await countSubmitting(redis, worker) };
}

async function countSubmitting(redis: Redis, worker: string): Promise<number> {
  const ids = await redis.zrange(keyUnder(DEFAULT_TAG, 'open'), '0', '-1');
  const claims = await Promise.all(
    ids.map((id) => redis.hmget(keyUnder(DEFAULT_TAG, 'task', id), 'status', 'claim_worker')),
  );
  return claims.filter(([status, claimer]) => status === 'submitting' && claimer === worker).length;
}

/** When each job's steps began, in any worker: read from their logs. */
class Starts {
  readonly #byJob = new Map<string, number[]>();

  readonly note = (line: LogLine): void => {
    if (line['msg'] !== 'step starts') return;
    const job = String(line['job']);
    const times = this.#byJob.get(job) ?? [];
    times.push(Date.parse(String(line['time'])));
    this.#byJob.set(job, times);
  };

  /** Infinity when none began: then the task was settled, or the step's last write had been made before the kill. */
  nextAfter(job: string, atMs: number): number {
    return this.#byJob.get(job)?.find((time) => time >= atMs) ?? Number.POSITIVE_INFINITY;
  }
}
