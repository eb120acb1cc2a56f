import { setTimeout as sleep } from 'node:timers/promises';
import { type Costs, startCounting } from './costs.ts';
import type { Outside } from './outside.ts';
import type { Clients } from './parts/clients.ts';
import type { EndingPlan } from './parts/ending-plan.ts';
import type { Load, Told } from './parts/load.ts';
import type { Received } from './parts/sink.ts';
import type { SeenByUpstream } from './parts/upstream.ts';
import { monotonicUs, type Window } from './profile.ts';
import type { System } from './systems/system.ts';
import { within } from './within.ts';

/** Tasks to submit, and when their upstream ends them. */
export interface Work {
  readonly count: number;
  /** Light ones unless told. */
  readonly clients?: Clients;
  readonly concurrency: number;
  readonly perSecond?: number | undefined;
  readonly plan: EndingPlan;
  /** Tasks of another class that go through before, as fast as they can: compiled code is to be measured. */
  readonly compileWith: number;
  /** Tasks like those that are measured, which go through before: what is learned is to have been learned. */
  readonly warmUp: number;
}

/** One run as clients, upstream and receiver saw it, and what it cost. */
export interface Run {
  readonly told: Told;
  readonly upstream: SeenByUpstream;
  readonly received: Received;
  readonly costs: Costs;
  /** When it was measured, for profiles. */
  readonly window: Window;
}

const COMPILING = { plan: { kind: 'polls', polls: 2 }, perSecond: undefined, duration: 8 } as const;
const MOST_SECONDS = 300;
/** The last attempt is written after the receiver's answer, and BullMQ fetches on. */
const SETTLE_MS = 300;

/** Runs work on a system, from the first submit to the last webhook. Rejects when not every task ends in time. */
export async function runTasks(system: System, outside: Outside, work: Work): Promise<Run> {
  if (work.compileWith > 0) await once(system, outside, { ...work, ...COMPILING, count: work.compileWith });
  if (work.warmUp > 0) await once(system, outside, { ...work, count: work.warmUp });
  const stopCounting = await startCounting(system, outside);
  const fromUs = monotonicUs();
  const told = await once(system, outside, work);
  const window = { fromUs, toUs: monotonicUs() };
  const costs = await stopCounting();
  const upstream = await outside.upstream.ask<SeenByUpstream>('seen');
  return { told, upstream, received: await outside.sink.ask<Received>('received'), costs, window };
}

async function once(system: System, outside: Outside, work: Work & Pick<Load, 'duration'>): Promise<Told> {
  await Promise.all([outside.upstream.ask('reset', work.plan), outside.sink.ask('reset')]);
  const told = await submitAll(system, outside, work);
  if (system.redis) {
    const all = outside.sink.ask('untilReceived', told.accepted);
    await within(MOST_SECONDS * 1_000, `${told.accepted} webhooks of ${system.name}`, all);
    await sleep(SETTLE_MS);
  }
  return told;
}

/** Has the clients submit; gives what they were told when all have their answers. */
export function submitAll(
  system: System,
  outside: Outside,
  work: Pick<Work, 'count' | 'clients' | 'concurrency'> & Pick<Load, 'perSecond' | 'firstMarker' | 'duration'>,
): Promise<Told> {
  const { count, clients = 'light', concurrency, perSecond, firstMarker, duration } = work;
  const { port, authorization } = system;
  const { webhookUrls } = outside;
  const load: Load = {
    port,
    authorization,
    count,
    firstMarker,
    clients,
    concurrency,
    perSecond,
    duration,
    webhookUrls,
  };
  return within(MOST_SECONDS * 1_000, `${count} answers of ${system.name}`, outside.load.ask<Told>('run', load));
}
