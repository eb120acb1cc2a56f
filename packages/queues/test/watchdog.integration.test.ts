import { eventually, freeze, redisForTests, startRedis, thaw } from '@reelay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type Activity, DONE, hasWork, type QueueName, submitJob, watchLanes } from '../src/index.ts';
import { aDeliverJob, setup as setupQueues, TAG } from './setup.ts';

const shared = redisForTests();
const CHECK_MS = 10;
const PATIENCE_MS = 50;
const SUBMIT = submitJob({ task: 'task_1', claim: 0, priority: 'normal' });

/** A lane on a queue, that only does what the test says. */
interface QueueLane {
  readonly queue: QueueName;
  readonly concurrency: number;
  running: number;
  fetched: number;
}

function aLane(about: Partial<QueueLane> = {}): QueueLane {
  return { queue: 'deliver', concurrency: 2, running: 0, fetched: 0, ...about };
}

/**
 * A watch over such lanes. It looks every 10 ms of real time; how long a lane starves is measured on a clock that the test
 * moves. `fired` holds the lanes that it called stuck.
 */
function watching(queueLanes: readonly QueueLane[], about: { url?: string; aheadMs?: number } = {}) {
  const { url = shared.url, aheadMs = 0 } = about;
  const opened = setupQueues(url);
  const lanes: Activity[] = queueLanes.map((lane) =>
    Object.assign(lane, {
      lane: lane.queue,
      hasWork: () => hasWork(opened.queues.byName[lane.queue], Date.now() + aheadMs),
    }),
  );
  const fired = new Set<string>();
  let atMs = 1_000;
  let readings = 0;
  const stop = watchLanes({
    lanes,
    patienceMs: PATIENCE_MS,
    checkMs: CHECK_MS,
    monotonicMs: () => {
      readings += 1;
      return atMs;
    },
    onStuck: ({ lane }) => void fired.add(lane),
  });
  onTestFinished(stop);
  /** Resolves when it has looked a few more times. */
  const looks = async () => {
    const enough = readings + 2 * lanes.length;
    await eventually(() => expect(readings).toBeGreaterThan(enough), { everyMs: 5 });
  };
  const skip = (ms: number) => {
    atMs += ms;
  };
  /** Lets time go by as it does, from look to look: a jump within a look is an answer that took so long. */
  const pass = async (ms: number) => {
    await looks();
    for (let left = ms; left > 0; left -= CHECK_MS) {
      skip(Math.min(left, CHECK_MS));
      await looks();
    }
  };
  return { ...opened, lanes, fired, stop, looks, skip, pass };
}

test.each([
  ['waits', aDeliverJob()],
  ['waits with a priority', SUBMIT],
] as const)('a lane with a free slot that fetches nothing while a job %s is stuck', async (_how, job) => {
  const { queues, fired, pass } = watching([aLane({ queue: job.queue })]);
  await queues.add(job);
  await pass(PATIENCE_MS);
  expect(fired).toContain(job.queue);
});

test('a lane that does not fetch a job whose time has come is stuck', async () => {
  const { queues, fired, pass } = watching([aLane()], { aheadMs: 60_000 });
  await queues.add(aDeliverJob('task_1', 50_000));
  await pass(PATIENCE_MS);
  expect(fired).toContain('deliver');
});

test('it is called stuck when its patience is over and not before', async () => {
  const { queues, fired, pass } = watching([aLane()]);
  await queues.add(aDeliverJob());
  await pass(PATIENCE_MS - 1);
  expect(fired).not.toContain('deliver');
  await pass(1);
  expect(fired).toContain('deliver');
});

test('of several lanes the one that is stuck is named', async () => {
  const { queues, fired, pass } = watching([aLane(), aLane({ queue: 'submit' })]);
  await queues.add(SUBMIT);
  await pass(PATIENCE_MS);
  expect([...fired]).toEqual(['submit']);
});

test('a lane without a queue is stuck when it says that it has work and takes none', async () => {
  const { lanes, fired, pass } = watching([]);
  let hasWork = false;
  lanes.push({ lane: 'poll', concurrency: 2, running: 0, fetched: 0, hasWork: async () => hasWork });
  await pass(3 * PATIENCE_MS);
  expect([...fired]).toEqual([]);
  hasWork = true;
  await pass(PATIENCE_MS);
  expect([...fired]).toEqual(['poll']);
});

test.each([
  ['without work', []],
  ['whose jobs have time', [aDeliverJob('task_1', 60_000)]],
] as const)('a lane %s is not stuck', async (_what, jobs) => {
  const { queues, fired, pass } = watching([aLane()]);
  for (const job of jobs) await queues.add(job);
  await pass(3 * PATIENCE_MS);
  expect([...fired]).toEqual([]);
});

test('a lane that fetches is not stuck however much waits', async () => {
  const lane = aLane();
  const { queues, fired, pass } = watching([lane]);
  await queues.add(aDeliverJob());
  for (let i = 0; i < 3; i++) {
    await pass(PATIENCE_MS - 1);
    lane.fetched++;
  }
  expect([...fired]).toEqual([]);
});

test('a lane without a free slot is busy, not stuck', async () => {
  const lane = aLane({ running: 2 });
  const { queues, fired, pass } = watching([lane]);
  await queues.add(aDeliverJob());
  await pass(3 * PATIENCE_MS);
  expect([...fired]).toEqual([]);
  lane.running = 1;
  await pass(PATIENCE_MS);
  expect(fired).toContain('deliver');
});

test('a queue that the operator paused is not stuck, and patience begins anew when it goes on', async () => {
  const { queues, fired, pass } = watching([aLane()]);
  await queues.byName.deliver.pause();
  await queues.add(aDeliverJob());
  await pass(3 * PATIENCE_MS);
  await queues.byName.deliver.resume();
  await pass(PATIENCE_MS - 1);
  expect([...fired]).toEqual([]);
  await pass(1);
  expect(fired).toContain('deliver');
});

test('a queue that is held is not stuck until the hold ends', async () => {
  const { queues, fired, pass } = watching([aLane({ queue: 'submit' })]);
  await shared.client.set(`${TAG}:submit:limiter`, '9007199254740991', 'PX', 60_000);
  await queues.add(SUBMIT);
  await pass(3 * PATIENCE_MS);
  expect([...fired]).toEqual([]);
  await shared.client.del(`${TAG}:submit:limiter`);
  await pass(PATIENCE_MS);
  expect(fired).toContain('submit');
});

test('that other workers fetch is no hold of the queue', async () => {
  const { queues, fired, pass } = watching([aLane()]);
  await shared.client.set(`${TAG}:deliver:limiter`, '7', 'PX', 60_000); // BullMQ counts the fetches of each second there
  await queues.add(aDeliverJob());
  await pass(PATIENCE_MS);
  expect(fired).toContain('deliver');
});

test('a hungry moment that passes is forgotten', async () => {
  const { queues, fired, pass, looks } = watching([aLane()]);
  await queues.add(aDeliverJob());
  await pass(PATIENCE_MS - 1);
  await queues.byName.deliver.remove(aDeliverJob().id);
  await looks();
  await queues.add(aDeliverJob());
  await pass(PATIENCE_MS - 1);
  expect([...fired]).toEqual([]);
});

test('a job that was put back to a later time is not overdue before that time', async () => {
  const { queues, fired, pass } = watching([aLane()]);
  await queues.add(aDeliverJob('task_1', 60_000));
  // As moveToDelayed leaves a job that was made an hour ago: its delay is that of its last rest.
  await shared.client.hset(`${TAG}:deliver:${aDeliverJob().id}`, 'timestamp', Date.now() - 3_600_000);
  await pass(PATIENCE_MS);
  expect([...fired]).toEqual([]);
});

test('a worker that works is never stuck, with more jobs than slots', async () => {
  const { queues, work, lanes, fired, pass } = watching([]);
  const all = Promise.withResolvers<void>();
  let runs = 0;
  const workers = work(
    async () => {
      await pass(PATIENCE_MS);
      if (++runs === 4) all.resolve();
      return DONE;
    },
    { concurrency: 1 },
  );
  lanes.push(...workers.lanes);
  for (let i = 0; i < 4; i++) await queues.add(aDeliverJob(`task_${i}`));
  await all.promise;
  expect([...fired]).toEqual([]);
});

test('it looks no more when it was told to stop', async () => {
  const { queues, fired, looks, skip, stop } = watching([aLane()]);
  await queues.add(aDeliverJob());
  await looks();
  stop();
  await queues.byName.deliver.count(); // answered after the last look's questions
  await new Promise((resolve) => setTimeout(resolve, 10 * CHECK_MS));
  skip(PATIENCE_MS);
  await new Promise((resolve) => setTimeout(resolve, 10 * CHECK_MS)); // that it looks no more has no signal
  expect([...fired]).toEqual([]);
});

/** A Redis of the test's own, and a watch that has found a job waiting there. */
async function starving() {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const opened = watching([aLane()], { url: server.url });
  await opened.queues.add(aDeliverJob());
  await opened.looks();
  return { ...opened, server };
}

test('a Redis that is gone for longer than the patience fires nothing when it is back', async () => {
  const { server, skip, looks, fired } = await starving();
  server.kill('SIGKILL');
  await server.exited();
  await new Promise((resolve) => setTimeout(resolve, 10 * CHECK_MS)); // looks that cannot be answered
  skip(10 * PATIENCE_MS);
  await server.restart();
  await looks();
  expect([...fired]).toEqual([]);
});

test('a Redis that stands still for longer than the patience fires nothing when it goes on', async () => {
  const { server, skip, looks, fired } = await starving();
  await freeze(server.pid);
  await new Promise((resolve) => setTimeout(resolve, 10 * CHECK_MS)); // looks that cannot be answered
  skip(10 * PATIENCE_MS);
  thaw(server.pid);
  await looks();
  expect([...fired]).toEqual([]);
});

test('while Redis is gone the looks do not pile up', async () => {
  const { server, queues, redis } = await starving();
  server.kill('SIGKILL');
  await server.exited();
  await new Promise((resolve) => setTimeout(resolve, 50 * CHECK_MS)); // looks that cannot be answered
  await server.restart();
  await queues.byName.deliver.count(); // answered after the looks that waited
  const stats = await redis.info('commandstats');
  const scripts = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
  expect(scripts).toBeLessThan(25);
});
