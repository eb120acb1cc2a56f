import { readFileSync } from 'node:fs';

/** What a process holds in memory and has used of a processor, from /proc. */
export interface Usage {
  readonly rssMiB: number;
  readonly cpuMs: number;
}

const TICK_MS = 10; // USER_HZ is 100 on every Linux

/** Throws where there is no /proc, and for a process that has ended. */
function usageOf(pid: number): Usage {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // The name, in brackets, may hold anything; after it come numbers: utime and stime are the 12th and 13th.
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ').map(Number);
  return { rssMiB: Number(kib) / 1_024, cpuMs: ((fields[11] ?? 0) + (fields[12] ?? 0)) * TICK_MS };
}

/** Looks once a second until it is stopped. */
export function watchUsage(pid: number): { stop(): Usage[] } {
  const seen = [usageOf(pid)];
  const timer = setInterval(() => seen.push(usageOf(pid)), 1_000);
  return {
    stop: () => {
      clearInterval(timer);
      return seen;
    },
  };
}
