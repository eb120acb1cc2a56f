import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends a signal to a process, or to its group for a negative pid; one that is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True while a process runs. A zombie, which nobody has waited for yet, no longer runs. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await linuxStat(pid))?.state !== 'Z';
}

/** Resolves true when the process has ended, false when it still runs after `withinMs`. */
export async function hasEnded(pid: number, withinMs: number): Promise<boolean> {
  const deadline = AbortSignal.timeout(withinMs);
  while (await isRunning(pid)) {
    if (deadline.aborted) return false;
    await sleep(20);
  }
  return true;
}

/** The parent's pid on Linux; undefined elsewhere. */
export async function parentOf(pid: number): Promise<number | undefined> {
  return (await linuxStat(pid))?.parent;
}

/** The working folder of a process on Linux; undefined elsewhere and for other people's processes. */
export async function workingFolderOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}

async function linuxStat(pid: number): Promise<{ state: string; parent: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // proc(5): `pid (name) state ppid …`, where the name itself may hold blanks and brackets.
  const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state && parent ? { state, parent: Number(parent) } : undefined;
}
