import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Outside } from './outside.ts';
import { storedBytes } from './redis-figures.ts';
import { submitAll } from './run-tasks.ts';
import type { System } from './systems/system.ts';
import { within } from './within.ts';

export interface MemoryFigures {
  readonly tasks: number;
  /** Bytes of Redis per task that has been polled and still runs. */
  readonly inFlightBytes: number;
  /** Bytes per task that has ended and whose webhook was delivered. */
  readonly finishedBytes: number;
}

const WARM_UP = 200;
const CONCURRENCY = 32;
const MOST_MS = 300_000;
const SETTLE_MS = 1_000;

/** Holds `count` tasks in flight, each polled at least once, then lets them end; looks at Redis before, between, after. */
export async function measureMemory(system: System, outside: Outside, count: number): Promise<MemoryFigures> {
  if (!system.redis) throw new Error(`${system.name} stores nothing`);
  const redis = new Redis(system.redis.url);
  const { upstream, sink } = outside;
  const until = (part: typeof upstream, kind: string, number: number) =>
    within(MOST_MS, `${kind} ${number} of ${system.name}`, part.ask(kind, number));
  try {
    await Promise.all([upstream.ask('reset', { kind: 'polls', polls: 2 }), sink.ask('reset')]);
    await submitAll(system, outside, { count: WARM_UP, concurrency: CONCURRENCY });
    await until(sink, 'untilReceived', WARM_UP);
    await Promise.all([upstream.ask('reset', { kind: 'held', as: 'Running' }), sink.ask('reset'), sleep(SETTLE_MS)]);

    const before = await storedBytes(redis);
    const { accepted } = await submitAll(system, outside, { count, concurrency: CONCURRENCY });
    await until(upstream, 'untilPolledOnce', accepted);
    await sleep(SETTLE_MS);
    const inFlight = await storedBytes(redis);
    await upstream.ask('release');
    await until(sink, 'untilReceived', accepted);
    await sleep(SETTLE_MS);
    const finished = await storedBytes(redis);
    return {
      tasks: accepted,
      inFlightBytes: (inFlight - before) / accepted,
      finishedBytes: (finished - before) / accepted,
    };
  } finally {
    redis.disconnect();
  }
}
