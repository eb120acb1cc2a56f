import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftOver, noteServer, pidAt, pidFile } from './left-over.ts';
import { eachLine } from './lines.ts';
import { bindError, freePort } from './ports.ts';
import { ask } from './resp.ts';
import { type Environment, type RedisServer, serverEnvironment } from './server.ts';

const SETTINGS = join(import.meta.dirname, '../../../deploy/redis.conf');
const READY_MS = 60_000; // a large AOF is read at some hundred MB per second
const REPLY_MS = 5_000; // a slow disk makes every answer wait for its fsync
const STOP_MS = 10_000;
const LAST_LINES = 30;
const FREE_PORT_TRIES = 3;
const LAST_WORDS_MS = 200;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LocalRedisOptions extends RedisServer {
  /** Made when missing. One process at a time may start a server on it. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Further settings on the command line, e.g. `['--maxmemory', '64mb']`; they win over deploy/redis.conf. */
  readonly args?: readonly string[];
  readonly env: Environment;
  /** Gets a sentence when a left-over server is ended first. */
  readonly log: (line: string) => void;
  /** Called as soon as there is a process to end, long before a large AOF is read. */
  readonly onSpawn?: (running: Pick<LocalRedis, 'pid' | 'kill' | 'exited'>) => void;
  /** Gets every line that the server writes. */
  readonly onLine?: (line: string) => void;
}

export interface LocalRedis extends RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Asks it to write everything and end, and waits; SIGKILL after 10 s. May be called more than once. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it has ended, however that came. */
  readonly exited: Promise<Ending>;
}

/**
 * Runs a redis-server on 127.0.0.1 with the settings of deploy/redis.conf, in a process group of its own (a Ctrl-C must
 * not reach it before its clients have ended). Resolves when it answers PING, at most after 60 s. Throws with the server's
 * last lines when it dies at start, and when another process that is alive runs its own on this data folder; a server that
 * somebody started there by hand leaves no note and is not seen.
 */
export async function startLocalRedis(options: LocalRedisOptions): Promise<LocalRedis> {
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  await endLeftOver(dataDir, options.log);
  if (options.port && (await bindError(options.port))) {
    throw new Error(`Port ${options.port} for the local Redis is in use by another program.`);
  }
  for (let tries = options.port ? 1 : FREE_PORT_TRIES; ; tries--) {
    const port = options.port ?? (await freePort());
    await noteServer(dataDir, port);
    const started = await startOn(port, dataDir, options);
    if (!Array.isArray(started)) return started;
    const lines = started.join('\n');
    if (tries > 1 && /address already in use/i.test(lines)) continue; // somebody else was faster: take another port
    throw new Error(`The redis-server ${options.binary} did not start on ${dataDir}. Its last lines:\n${lines}`);
  }
}

/** Gives the server, or its last lines when it did not become ready. */
async function startOn(port: number, dataDir: string, options: LocalRedisOptions): Promise<LocalRedis | string[]> {
  const { child, exited, lastLines } = run(options, dataDir, port);
  const pid = child.pid;
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  const stop = () => stopServer(kill, exited);
  if (pid !== undefined) options.onSpawn?.({ pid, kill, exited });
  if (pid === undefined || !(await answers({ port, pid, exited }))) {
    await stop();
    return lastLines;
  }
  const { binary, version, origin, libraryPath } = options;
  const server = { binary, version, origin, ...(libraryPath && { libraryPath }) };
  return { ...server, url: `redis://127.0.0.1:${port}`, port, pid, dataDir, stop, kill, exited };
}

function run(options: LocalRedisOptions, dataDir: string, port: number) {
  const place = ['--port', String(port), '--dir', dataDir, '--pidfile', pidFile(dataDir)];
  const child = spawn(options.binary, [SETTINGS, ...place, ...(options.args ?? [])], {
    cwd: dataDir,
    detached: true,
    env: { ...serverEnvironment(options, options.env) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      if (lastLines.push(line) > LAST_LINES) lastLines.shift();
      options.onLine?.(line);
    });
  }
  return { child, exited: endOf(child), lastLines };
}

/** `close` brings the last lines too, but comes late when a forked rewrite still holds the pipes: do not wait for that. */
function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null })); // it could not be run at all
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), LAST_WORDS_MS).unref());
  });
}

/** True when our own server answers PING; LOADING is waited out. False when it ended or is not ready in time. */
async function answers(server: { port: number; pid: number; exited: Promise<Ending> }): Promise<boolean> {
  const deadline = AbortSignal.timeout(READY_MS);
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  while (!ended && !deadline.aborted) {
    // INFO answers while it loads; PING does not. A server whose clients keep it busy may need more than one look.
    const reply = await ask(server.port, ['PING'], REPLY_MS).catch(() => undefined);
    const pid = reply === 'PONG' ? await pidAt(server.port, REPLY_MS).catch(() => undefined) : undefined;
    if (pid !== undefined) return pid === server.pid;
    await sleep(15);
  }
  return false;
}

async function stopServer(kill: (signal: NodeJS.Signals) => void, exited: Promise<Ending>): Promise<void> {
  kill('SIGTERM');
  const timer = setTimeout(() => kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
