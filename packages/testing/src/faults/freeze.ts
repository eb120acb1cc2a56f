import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from '@reelay/local-redis';
import { eventually } from '../eventually.ts';
import { endWithTests } from '../reaper.ts';

const frozen = new Map<number, () => void>();

/**
 * Stops a process by SIGSTOP and resolves when it stands still (on Linux; elsewhere when the signal is sent). One that is
 * never thawed is killed when the test process is gone. Throws when there is no such process.
 */
export async function freeze(pid: number): Promise<void> {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) {
    throw new Error(`freeze: ${pid} is not the pid of another process.`); // 0 and below would stop whole groups
  }
  if (!frozen.has(pid)) frozen.set(pid, holdFrozen(pid));
  try {
    process.kill(pid, 'SIGSTOP');
    await eventually(() => assertStopped(pid), { everyMs: 2, timeoutMs: 2_000 });
  } catch (cause) {
    thaw(pid);
    throw new Error(`Process ${pid} could not be frozen: has it ended?`, { cause });
  }
}

/** Lets a frozen process go on (SIGCONT). One that is not frozen, or gone meanwhile, is fine. */
export function thaw(pid: number): void {
  signalProcess(pid, 'SIGCONT');
  frozen.get(pid)?.();
  frozen.delete(pid);
}

/** Freezes a process for `ms`; resolves when it has been thawed. */
export async function frozenFor(pid: number, ms: number): Promise<void> {
  await freeze(pid);
  try {
    await sleep(ms);
  } finally {
    thaw(pid);
  }
}

/** A hold of its own: the one that startProcess has on the same pid must outlive the thaw. */
function holdFrozen(pid: number): () => void {
  const thing = { pid, because: 'frozen' };
  return endWithTests(thing);
}

async function assertStopped(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // proc(5): `pid (name) state …`, where the name itself may hold brackets; T is stopped.
  const state = stat.at(stat.lastIndexOf(')') + 2);
  if (state !== 'T') throw new Error(`Process ${pid} is in state ${state}, not stopped.`);
}
