import { setTimeout as sleep } from 'node:timers/promises';
import { type Costs, startCounting, sum } from './costs.ts';
import { percentile } from './figures.ts';
import type { Outside } from './outside.ts';
import type { Received } from './parts/sink.ts';
import { residentBytes } from './proc.ts';
import { submitAll } from './run-tasks.ts';
import type { System } from './systems/system.ts';
import { within } from './within.ts';

export interface ManyWork {
  /** Tasks that are held in flight while it is looked. */
  readonly inFlight: number;
  /** How long polls are counted with nothing else going on, and then beside accepts. */
  readonly windowMs: number;
  readonly acceptsPerSecond: number;
}

export interface ManyFigures {
  readonly inFlight: number;
  readonly pollsPerSecond: number;
  /** Workers and Redis. */
  readonly cpuUsPerPoll: number;
  readonly acceptP99Ms: number;
  /** The largest of the generation-workers. */
  readonly workerBytes: number;
  /** Tasks that ended and were told of, of those accepted. */
  readonly ended: number;
  readonly accepted: number;
}

const MOST_MS = 480_000;
const CONCURRENCY = 32;
const SETTLE_MS = 5_000;

/**
 * Puts tasks in flight, looks at what their polls and further accepts cost, and lets them all end. Until then the upstream
 * says that they wait: the poll that first sees a task run also writes that it does, and of a hundred thousand each would
 * still be such a one.
 */
export async function measureMany(system: System, outside: Outside, work: ManyWork): Promise<ManyFigures> {
  const { upstream, sink } = outside;
  const { inFlight, windowMs, acceptsPerSecond } = work;
  await Promise.all([upstream.ask('reset', { kind: 'held', as: 'Pending' }), sink.ask('reset')]);
  const filled = await submitAll(system, outside, { count: inFlight, concurrency: CONCURRENCY });
  await within(MOST_MS, 'all tasks submitted', upstream.ask('untilSubmitted', filled.accepted));
  await sleep(SETTLE_MS);

  const quiet = await countPolls(system, outside, windowMs);
  const probes = await submitAll(system, outside, {
    count: Math.round((acceptsPerSecond * windowMs) / 1_000),
    firstMarker: inFlight,
    concurrency: CONCURRENCY,
    perSecond: acceptsPerSecond,
  });
  const workers = system.processes.filter(({ name }) => name === 'generation-worker');
  const workerBytes = Math.max(...workers.map(({ pid }) => residentBytes(pid)));

  const accepted = filled.accepted + probes.accepted;
  await upstream.ask('release');
  await within(MOST_MS, 'all webhooks received', sink.ask('untilReceived', accepted));
  const { receivedAt } = await sink.ask<Received>('received');
  return {
    inFlight,
    pollsPerSecond: (quiet.polls / quiet.costs.wallMs) * 1_000,
    cpuUsPerPoll: (sum(quiet.costs.cpuMs) / quiet.polls) * 1_000,
    acceptP99Ms: percentile(probes.answeredIn, 0.99),
    workerBytes,
    ended: receivedAt.filter(Boolean).length,
    accepted,
  };
}

async function countPolls(system: System, outside: Outside, ms: number): Promise<{ polls: number; costs: Costs }> {
  const before = await outside.upstream.ask<number>('polls');
  const stopCounting = await startCounting(system, outside);
  await sleep(ms);
  const costs = await stopCounting();
  return { polls: (await outside.upstream.ask<number>('polls')) - before, costs };
}
