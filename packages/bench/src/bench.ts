import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithTests } from '@reelay/testing';
import { type MemoryFigures, measureMemory } from './memory.ts';
import type { BenchOptions, Part } from './options.ts';
import { type Outside, startOutside } from './outside.ts';
import { figuresOf, type RunFigures } from './run-figures.ts';
import { runTasks, type Work } from './run-tasks.ts';
import { startSystem } from './systems/start.ts';
import type { System, SystemName, SystemOptions } from './systems/system.ts';

/** What one system showed in one pair; the parts that were not asked for are missing. */
export interface Showing {
  readonly load?: RunFigures;
  readonly memory?: MemoryFigures;
  readonly paced?: RunFigures;
}

/** Both systems on the same work, one right after the other; and the bare one beside them. */
export interface Pair {
  readonly first: SystemName;
  readonly bare?: RunFigures;
  readonly baseline: Showing;
  readonly reelay: Showing;
}

type Say = (line: string) => void;
interface Bench {
  readonly options: BenchOptions;
  readonly outside: Outside;
  readonly folder: string;
  readonly say: Say;
}

/**
 * Runs the pairs one after the other, each system on processes and a Redis of its own, the order turned in every second
 * pair: what the machine does besides hits both alike. A minute per pair with the usual settings.
 */
export async function runBench(options: BenchOptions, say: Say): Promise<readonly Pair[]> {
  return withOutside(options, async ({ outside, folder }) => {
    const bench: Bench = { options, outside, folder, say };
    const pairs: Pair[] = [];
    for (let n = 0; n < options.pairs; n++) pairs.push(await runPair(bench, n));
    return pairs;
  });
}

/** A folder for logs and the outside, for as long as `use` runs. */
export async function withOutside<T>(
  options: Pick<BenchOptions, 'receivers'>,
  use: (about: { outside: Outside; folder: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-bench-'));
  const release = endWithTests({ folder });
  try {
    const outside = await startOutside({ folder, receivers: options.receivers });
    return await use({ outside, folder }).finally(() => outside.stop());
  } finally {
    await rm(folder, { recursive: true, force: true });
    release();
  }
}

/** A system for as long as `use` runs. */
export async function withSystem<T>(
  name: SystemName,
  options: SystemOptions,
  use: (system: System) => Promise<T>,
): Promise<T> {
  const system = await startSystem(name, options);
  try {
    return await use(system);
  } finally {
    await system.stop();
  }
}

async function runPair(bench: Bench, n: number): Promise<Pair> {
  const { parts, pairs } = bench.options;
  const order = n % 2 === 0 ? (['baseline', 'reelay'] as const) : (['reelay', 'baseline'] as const);
  const bare = parts.includes('load') ? await runBare(bench) : undefined;
  const showings: Record<'baseline' | 'reelay', Showing> = { baseline: {}, reelay: {} };
  for (const part of parts) {
    for (const name of order) showings[name] = { ...showings[name], ...(await RUNS[part](bench, name)) };
  }
  bench.say(`pair ${n + 1} of ${pairs} (${order[0]} first)`);
  return { first: order[0], ...(bare && { bare }), ...showings };
}

type Env = Readonly<Record<string, string>>;

/** Reelay polls at fixed intervals too where the number of polls is given: nothing is to be learned there. */
const AT_INTERVALS: Env = { POLL_TARGET_LAG: '0s' };

const RUNS: Readonly<Record<Part, (bench: Bench, name: 'baseline' | 'reelay') => Promise<Showing>>> = {
  load: async (bench, name) => ({
    load: await run(bench, { name, work: closedLoop(bench.options), env: AT_INTERVALS }),
  }),
  paced: async (bench, name) => ({ paced: await run(bench, { name, work: pacedLoop(bench.options) }) }),
  memory: async (bench, name) => {
    const { outside, options } = bench;
    // Tasks are held for a while: polled seldom enough that this costs the machine nothing.
    const intervalMs = Math.max(LEAST_MEMORY_INTERVAL_MS, options.inFlight);
    return withSystem(name, { ...systemOptions(bench, AT_INTERVALS), intervalMs }, async (system) => ({
      memory: await measureMemory(system, outside, options.inFlight),
    }));
  },
};

function runBare(bench: Bench): Promise<RunFigures> {
  return run(bench, { name: 'bare', work: closedLoop(bench.options) });
}

function run(bench: Bench, about: { name: SystemName; work: Work; env?: Env }): Promise<RunFigures> {
  const { outside } = bench;
  const { name, work, env } = about;
  return withSystem(name, systemOptions(bench, env), (system) => runFigures({ system, outside, work }));
}

/** Runs the work on the system; gives it in figures. */
export async function runFigures(about: { system: System; outside: Outside; work: Work }): Promise<RunFigures> {
  const { system, outside, work } = about;
  return figuresOf(await runTasks(system, outside, work), availableParallelism());
}

function systemOptions({ folder, outside, options }: Bench, env: Env = {}): SystemOptions {
  const { intervalMs } = options;
  return { folder, upstreamPort: outside.upstreamPort, intervalMs, env: { ...env, ...options.env } };
}

const LEAST_MEMORY_INTERVAL_MS = 500;
/** Below this, much of what is measured is compiling. */
const COMPILE_WITH = 4_000;

function closedLoop({ count, clients, concurrency, polls }: BenchOptions): Work {
  const compileWith = Math.min(count, COMPILE_WITH);
  return { count, clients, concurrency, plan: { kind: 'polls', polls }, compileWith, warmUp: 0 };
}

/** Tasks come for so many median times: in less, those that take long have not ended when the last one comes. */
const PACED_GENERATIONS = 3.5;
const LEARN_FROM = 200;

/** Long enough that several generations of tasks pass; what a schedule learns, it learns from the warm-up. */
function pacedLoop({ generation, perSecond, clients, concurrency, count }: BenchOptions): Work {
  const most = Math.min(count, Math.round((perSecond * PACED_GENERATIONS * generation.medianMs) / 1_000));
  const plan = { kind: 'time', ...generation, seed: 1 } as const;
  const compileWith = Math.min(count, COMPILE_WITH);
  return { count: most, clients, concurrency, perSecond, plan, compileWith, warmUp: Math.min(most, LEARN_FROM) };
}
