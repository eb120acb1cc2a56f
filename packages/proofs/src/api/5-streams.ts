import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '@reelay/bench';
import { eventually, type Reelay, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { watchUsage } from '../house/usage.ts';
import { type Proof, show } from '../proof.ts';
import { type Followed, openStreams, queueTasks, requireOpenFiles, STREAMS_PER_TASK, wrongOnes } from './followed.ts';

const ENDED_WITHIN_MS = 240_000;

/**
 * All streams on one api process, over real sockets, while real workers play the tasks. `taskStreams` is a multiple of 50,
 * `callerStreams` of 5; memory says something of one stream only where there are many.
 */
export function streams(about: {
  taskStreams: number;
  callerStreams: number;
  tasksAtOnce: number;
  judgesMemory: boolean;
}): Proof {
  const count = about.taskStreams + about.callerStreams;
  return {
    title: `${count} event streams on one api process: every event once and in order, memory per stream, time to event`,
    async run(say) {
      requireOpenFiles(count + 500);
      const house = await startReelay({ workers: 0, simulatorEnv: { SIMULATOR_MEDIAN: '2s' } });
      const redis = new Redis(house.redis.url);
      let open: readonly Followed[] = [];
      try {
        const tasks = await queueTasks(house, redis, about.taskStreams / STREAMS_PER_TASK);
        say(`${tasks.length} tasks are queued`);
        const beforeMiB = rssMiB(house);
        const from = performance.now();
        open = await openStreams(tasks, about.callerStreams);
        const openedMs = Math.round(performance.now() - from);
        const afterMiB = rssMiB(house);
        const subscribers = await countSubscribers(redis);
        say(`${open.length} streams are open after ${openedMs} ms`);

        await house.start('generation-worker', { UPSTREAM_MAX_IN_FLIGHT: String(about.tasksAtOnce) });
        const wrong = await untilAllTold(redis, open);
        for (const one of wrong.slice(0, 5)) say(one);

        const heard = open.flatMap(({ stream }) => stream.heard);
        // The first event of a task was there before its stream.
        const delays = heard.filter(({ sequence }) => sequence > 1).map(({ delayMs }) => delayMs);
        const figures = {
          streams: open.length,
          tasks: tasks.length,
          opened_ms: openedMs,
          rss_before_mib: Math.round(beforeMiB),
          rss_after_mib: Math.round(afterMiB),
          kib_per_stream: Math.round(((afterMiB - beforeMiB) * 1_024 * 10) / open.length) / 10,
          events: heard.length,
          p50_ms: percentile(delays, 0.5),
          p99_ms: percentile(delays, 0.99),
          most_ms: percentile(delays, 1),
          subscribers,
          streams_with_a_gap_or_a_repeat: wrong.length,
        };
        return show(figures, {
          'every stream told every event once, in order': wrong.length === 0,
          'all streams share one subscription': subscribers === 1,
          'p99 from the change to the event is below 1 s': figures.p99_ms < 1_000,
          'a stream costs at most 60 KiB': !about.judgesMemory || figures.kib_per_stream <= 60,
        });
      } finally {
        for (const { stream } of open) stream.close();
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

function rssMiB(house: Reelay): number {
  const [api] = house.running('api');
  if (!api) throw new Error('The api has ended');
  return watchUsage(api.pid).stop()[0]?.rssMiB ?? Number.NaN;
}

async function countSubscribers(redis: Redis): Promise<number> {
  const list = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub'));
  return list.trim().split('\n').length;
}

/** Waits for the tasks' ends, which end their streams; gives what is wrong then. */
async function untilAllTold(redis: Redis, open: readonly Followed[]): Promise<string[]> {
  const ofTasks = open.filter(({ task }) => task !== undefined);
  const giveUp = new AbortController();
  const late = sleep(ENDED_WITHIN_MS, undefined, { signal: giveUp.signal }).catch(() => undefined);
  await Promise.race([Promise.all(ofTasks.map(({ stream }) => stream.ended)), late]);
  giveUp.abort();
  let wrong: string[] = [];
  // What was sent to a caller's streams last may still be on its way.
  await eventually(async () => {
    wrong = await wrongOnes(redis, open);
    if (wrong.length > 0) throw new Error(wrong[0]);
  }).catch(() => undefined);
  return wrong;
}
