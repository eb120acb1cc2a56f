import type { TestRedis } from '@reelay/testing';
import type { Running } from '../processes.ts';

export type SystemName = 'bare' | 'baseline' | 'reelay';

/** What is measured: some processes behind a port, and their Redis. */
export interface System {
  readonly name: SystemName;
  readonly port: number;
  /** What the clients send as `Authorization`; '' for none. */
  readonly authorization: string;
  readonly processes: readonly Running[];
  /** The bare one stores nothing. */
  readonly redis: TestRedis | undefined;
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** For logs and profiles. */
  readonly folder: string;
  readonly upstreamPort: number;
  /** Between two polls of a task, in milliseconds. */
  readonly intervalMs: number;
  /** How many generation-workers (of the baseline: workers); default 1. */
  readonly workers?: number;
  /** Further environment of Reelay's processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of processes that are to leave a `.cpuprofile` in the folder. */
  readonly profiled?: readonly string[];
}

export function nodeArgsFor(name: string, { profiled = [], folder }: SystemOptions): readonly string[] {
  return profiled.includes(name)
    ? ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`]
    : [];
}

/** Waits for all of them; when one does not start, ends the others and its Redis, and rejects. */
export async function startedTogether(
  starting: readonly Promise<Running>[],
  redis?: TestRedis,
): Promise<{ processes: readonly Running[]; stop(): Promise<void> }> {
  const settled = await Promise.allSettled(starting);
  const processes = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  // Processes first: their last writes need the Redis.
  const stop = async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await redis?.stop();
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { processes, stop };
}
