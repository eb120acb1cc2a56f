import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasEnded, isRunning, parentOf, signalProcess, workingFolderOf } from './processes.ts';
import { ask } from './resp.ts';

// Owns: that never two servers write one AOF. A redis-server outlives a parent that was killed by SIGKILL, and the next
// start on its folder has to end it first. Before each start the port and the parent are noted in the data folder.

interface Note {
  readonly port: number;
  readonly parentPid: number;
}

const noteFile = (dataDir: string) => join(dataDir, 'reelay-redis.json');
export const pidFile = (dataDir: string): string => join(dataDir, 'redis.pid');

/** Notes which port the server of this folder is going to use. To be called before it is started. */
export async function noteServer(dataDir: string, port: number): Promise<void> {
  await writeFile(noteFile(dataDir), JSON.stringify({ port, parentPid: process.pid } satisfies Note));
}

/**
 * Ends the redis-server that an earlier run left over on this data folder and waits for its end. Throws when the server
 * belongs to a process that is still alive, or does not end.
 */
export async function endLeftOver(dataDir: string, log: (line: string) => void): Promise<void> {
  const note = await readNote(dataDir);
  const pid = note && (await serverOf(dataDir, note.port));
  if (!note || !pid) return;
  if ((await isRunning(note.parentPid)) && [undefined, note.parentPid].includes(await parentOf(pid))) {
    throw new Error(
      `The data folder ${dataDir} is in use: process ${note.parentPid} runs its redis-server (pid ${pid}).`,
    );
  }
  log(`A redis-server (pid ${pid}) was left over by an earlier run on ${dataDir}: ending it first.`);
  signalProcess(pid, 'SIGTERM'); // writes and syncs everything, as SHUTDOWN does
  signalProcess(pid, 'SIGCONT'); // it may have been stopped
  if (await hasEnded(pid, 5_000)) return;
  signalProcess(pid, 'SIGKILL'); // loses nothing: appendfsync always
  if (!(await hasEnded(pid, 5_000)))
    throw new Error(`The redis-server ${pid} of ${dataDir} does not end. End it by hand.`);
}

async function readNote(dataDir: string): Promise<Note | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(noteFile(dataDir), 'utf8'));
    const { port, parentPid } = note as Partial<Note>;
    return typeof port === 'number' && typeof parentPid === 'number' ? { port, parentPid } : undefined;
  } catch {
    return undefined; // the first start on this folder
  }
}

/** The pid of the server that uses this folder: by asking at its port, else (frozen, no port yet) by its pid file. */
async function serverOf(dataDir: string, port: number): Promise<number | undefined> {
  const folder = await realpath(dataDir);
  try {
    const answer = await ask(port, ['CONFIG', 'GET', 'dir']);
    if (Array.isArray(answer) && answer[1] === folder) return await pidAt(port);
  } catch {
    // Nobody there, somebody else there, or it does not answer: look at the pid file.
  }
  const pid = Number.parseInt(await readFile(pidFile(dataDir), 'utf8').catch(() => ''), 10);
  const isOurs = pid > 0 && (await isRunning(pid)) && (await workingFolderOf(pid)) === folder;
  return isOurs ? pid : undefined;
}

/** The process id of the Redis at a port of this machine. */
export async function pidAt(port: number, withinMs?: number): Promise<number | undefined> {
  const pid = /^process_id:(\d+)/m.exec(String(await ask(port, ['INFO', 'server'], withinMs)))?.[1];
  return pid ? Number(pid) : undefined;
}
