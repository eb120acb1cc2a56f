import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashLabel } from '@reelay/telemetry';
import { eventually, type Reelay, startReelay } from '@reelay/testing';
import { closeBooks, markerOf, readSubmits } from '../house/books.ts';
import { type Steps, watchHands, watchSteps } from '../house/steps.ts';
import { startTraffic } from '../house/traffic.ts';
import { type Proof, show } from '../proof.ts';

/**
 * The lock lasts 8 s: one stop is shorter than a settlement can be (lock + 5 s), one surely longer; and longer than the 20 s
 * for which a worker has a task to poll it.
 */
const STOPS_MS = [13_000, 26_000];
const LABELS: readonly CrashLabel[] = ['after_claim', 'mid_post', 'after_answer', 'during_poll', 'before_finish'];
const PASSES = [2, 5];

/** SIGSTOPs workers at labelled points, for longer than their locks, and thaws them: they really do run on. */
export function frozenWorkers(): Proof {
  return {
    title: 'A worker frozen past its lock between claim and POST, in the POST or in a poll pays nothing twice',
    async run(say) {
      const steps = watchSteps();
      const house = await startReelay({
        env: { LOG_LEVEL: 'debug', SUBMIT_CONCURRENCY: '4', POLL_CONCURRENCY: '8' },
        simulatorEnv: { SIMULATOR_MEDIAN: '2s' },
        workers: 0,
      });
      try {
        await house.start('webhook-worker');
        await house.start('generation-worker', {}, steps.note);
        const traffic = startTraffic(house, { perSecond: 8, prompt: () => '[answer-after=300ms]' });
        let pollsTakenOver = 0;
        for (const stopMs of STOPS_MS) {
          const stops = LABELS.flatMap((label) => PASSES.map((pass) => ({ label, pass, stopMs })));
          const takenOver = await Promise.all(stops.map((stop) => freezeOnce(house, steps, stop)));
          pollsTakenOver += takenOver.flat().filter((job) => job.endsWith('-poll')).length;
          say(`${stops.length} workers were frozen for ${stopMs} ms and thawed`);
        }
        const { tasks, verdict, mostPosts } = await closeBooks(house, await traffic.stop(), {
          withinMs: 90_000,
        });
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));

        const posted = new Set((await readSubmits(house)).map(({ marker }) => marker));
        const unknown = tasks.filter((task) => task.error?.code === 'submit_unknown');
        const postedWithoutLateId = unknown.filter((task) => !task.late_upstream_task_id && posted.has(markerOf(task)));
        const figures = {
          stops: STOPS_MS.length * LABELS.length * PASSES.length,
          tasks: tasks.length,
          violations: verdict.violations.length,
          most_posts_per_task: mostPosts,
          submit_unknown: unknown.length,
          late_ids: verdict.figures.lateAnswers,
          unknown_never_posted: unknown.filter((task) => !posted.has(markerOf(task))).length,
          taken_over: steps.count('A job was taken over from a worker that let its lock run out'),
          polls_taken_over: pollsTakenOver,
        };
        return show(figures, {
          'the three ledgers agree (one final event per task)': verdict.ok,
          'POSTs per task <= 1': mostPosts <= 1,
          'the locks did run out': figures.taken_over > 0,
          'frozen polls were made by others': pollsTakenOver > 0,
          'a settlement happened, so the late path was walked': unknown.length > 0,
          'every unknown that was POSTed has its late upstream id': postedWithoutLateId.length === 0,
        });
      } finally {
        await house.stop();
      }
    },
  };
}

/** Gives the steps of the frozen worker that another one has begun meanwhile. */
async function freezeOnce(
  house: Reelay,
  steps: Steps,
  { label, pass, stopMs }: { label: CrashLabel; pass: number; stopMs: number },
): Promise<string[]> {
  const hands = watchHands();
  const worker = await house.start('generation-worker', { CRASH_AT: `${label}@${pass}!stop` }, (line) => {
    steps.note(line);
    hands.note(line);
  });
  await eventually(async () => expectStopped(worker.pid), { timeoutMs: 60_000, everyMs: 20 });
  const stoppedAt = Date.now();
  await sleep(stopMs);
  const takenOver = hands.jobs().filter((job) => steps.nextStart(job, stoppedAt) !== undefined);
  worker.kill('SIGCONT');
  await sleep(5_000); // what it had in hand is recorded; then it may go
  await worker.stop();
  return takenOver;
}

async function expectStopped(pid: number): Promise<void> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
  if (state !== 'T') throw new Error(`process ${pid} was not stopped: no task came by its label`);
}
