import { Redis } from 'ioredis';
import type { Outside } from './outside.ts';
import { cpuMs } from './proc.ts';
import { type CommandFigures, commandFigures, commandsSince, readsProcessed } from './redis-figures.ts';
import type { System } from './systems/system.ts';

/** What something cost, by process. The outside is not the system's: it says how much of the machine the bench took. */
export interface Costs {
  readonly wallMs: number;
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly outsideCpuMs: Readonly<Record<string, number>>;
  readonly commands: CommandFigures;
  readonly redisReads: number;
}

/** Begins to count; the function it gives says what came since. */
export async function startCounting(system: System, outside: Outside): Promise<() => Promise<Costs>> {
  const redis = system.redis && new Redis(system.redis.url);
  const look = async () => ({
    at: performance.now(),
    cpu: cpuOf([...system.processes, ...(system.redis ? [{ name: 'redis', pid: system.redis.pid }] : [])]),
    outside: cpuOf([outside.load, outside.upstream, outside.sink]),
    commands: redis ? await commandFigures(redis) : {},
    reads: redis ? await readsProcessed(redis) : 0,
  });
  const before = await look();
  return async () => {
    const after = await look();
    redis?.disconnect();
    return {
      wallMs: after.at - before.at,
      cpuMs: since(before.cpu, after.cpu),
      outsideCpuMs: since(before.outside, after.outside),
      commands: commandsSince(before.commands, after.commands),
      redisReads: after.reads - before.reads,
    };
  };
}

/** Processes of one name are summed. */
function cpuOf(processes: readonly { name: string; pid: number }[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { name, pid } of processes) sums[name] = (sums[name] ?? 0) + cpuMs(pid);
  return sums;
}

function since(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]));
}

export function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
