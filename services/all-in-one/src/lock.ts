import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, isRunning } from '@reelay/local-redis';
import { Refusal } from './refusal.ts';

// One Reelay per data folder. The lock names its owner and the processes that the owner runs: after a SIGKILL of the
// owner they need some seconds to end, and the next start has to wait for that.

const CHILDREN_END_MS = 12_000;

interface Holder {
  readonly pid: number;
  readonly children: readonly number[];
}

export interface Lock {
  /** Notes the processes that run now. */
  noteChildren(pids: readonly number[]): void;
  release(): void;
}

/** Takes the lock of a data folder; one whose owner is dead is taken over. Throws Refusal when the owner lives. */
export async function takeLock(dataDir: string, say: (text: string) => void): Promise<Lock> {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'lock');
  const write = (to: string, children: readonly number[]) =>
    writeFileSync(to, JSON.stringify({ pid: process.pid, children } satisfies Holder));
  const mine = `${file}.${process.pid}`;
  write(mine, []);
  try {
    await become(file, { mine, dataDir, say });
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    noteChildren: (pids) => {
      write(mine, pids);
      renameSync(mine, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

async function become(
  file: string,
  { mine, dataDir, say }: { mine: string; dataDir: string; say: (text: string) => void },
): Promise<void> {
  while (!linked(mine, file)) {
    const holder = readHolder(file);
    if (!holder) continue; // released just now
    if (holder.pid !== process.pid && (await isRunning(holder.pid))) {
      throw new Refusal(
        `Reelay already runs here (pid ${holder.pid}, data in ${dataDir}). Stop it first, or set REELAY_DATA_DIR to another folder.`,
      );
    }
    await waitForChildren(holder, say);
    removeStale(file, holder.pid);
  }
}

/** A link appears at once and whole, and fails when somebody else was first. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when there is no lock. One that cannot be read (a full disk cut it) has no living owner. */
function readHolder(file: string): Holder | undefined {
  try {
    const { pid = 0, children = [] } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return { pid, children };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { pid: process.pid, children: [] };
  }
}

async function waitForChildren(holder: Holder, say: (text: string) => void): Promise<void> {
  const running = await Promise.all(holder.children.map(isRunning));
  if (!running.includes(true)) return;
  say('An earlier Reelay was killed; waiting for its processes to end.');
  await Promise.all(holder.children.map((pid) => hasEnded(pid, CHILDREN_END_MS)));
}

/** Looks again after moving it: another start may have taken the lock over meanwhile. */
function removeStale(file: string, stalePid: number): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else removed it
  }
  if (readHolder(aside)?.pid !== stalePid) linked(aside, file);
  rmSync(aside, { force: true });
}
