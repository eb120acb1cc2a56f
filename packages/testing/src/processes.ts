import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Ending, eachLine } from '@reelay/local-redis';
import { handedOn } from './environment.ts';
import { endWithTests } from './reaper.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MOST_LINES = 2_000;
const LINES_IN_ERRORS = 20;
const READY_MS = 20_000;
/** A start of a process among other tests on a slow machine takes four seconds alone. */
const LINE_MS = 15_000;
const STOP_MS = 15_000;

/** One JSON log line; a line that is not JSON is kept as `{ msg }`. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface ProcessOptions {
  /** For error messages. */
  readonly name: string;
  /** From the root of the checkout, e.g. `services/api/src/main.ts`; run by the Node that runs the tests. */
  readonly script: string;
  readonly args?: readonly string[];
  /** Instead of Node. */
  readonly command?: string;
  /** All that the process gets beside what is handed on of the tester's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sees every line, also those that `lines` no longer holds. */
  readonly onLine?: (line: LogLine) => void;
}

export interface TestProcess {
  readonly pid: number;
  /** The last 2,000 lines of both outputs. */
  readonly lines: readonly LogLine[];
  /** The line with msg `ready`; rejects with the last lines when the process ends first or after 20 s. */
  readonly ready: Promise<LogLine>;
  /** Whether it has logged `ready` by now, however late. */
  isReady(): boolean;
  /** The first line, earlier ones included, that fits; rejects with the last lines after `timeoutMs` (default 15000). */
  waitForLog(fits: (line: LogLine) => boolean, timeoutMs?: number): Promise<LogLine>;
  /** SIGTERM, then waits for the end; one that goes on after `withinMs` (default 15000) is killed, and that is an error. */
  stop(withinMs?: number): Promise<Ending>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Ending>;
}

/** Runs one of our processes for a test. It does not outlive the test process. */
export function startProcess(options: ProcessOptions): TestProcess {
  const child = run(options);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.name} could not be run.`);
  const exited = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  void exited.then(endWithTests({ pid }));
  const log = collectLines(child, { ...options, exited });
  const ready = log.waitForLog(isReadyLine, READY_MS);
  ready.catch(() => {}); // a test that never waits for it may still fail it, e.g. by a bad setting
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return {
    pid,
    ...log,
    ready,
    kill,
    exited,
    stop: (withinMs = STOP_MS) => stop(options.name, { kill, exited, withinMs }),
  };
}

function run({ script, args = [], command = process.execPath, env = {} }: ProcessOptions): ChildProcess {
  return spawn(command, [script, ...args], {
    cwd: ROOT,
    env: { ...handedOn, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collectLines(
  child: ChildProcess,
  { name, onLine, exited }: Pick<ProcessOptions, 'name' | 'onLine'> & { exited: Promise<Ending> },
) {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  let isReady = false;
  const take = (text: string) => {
    const line = parseLine(text);
    if (lines.push(line) > MOST_LINES) lines.shift();
    isReady ||= isReadyLine(line);
    onLine?.(line);
    for (const look of waiting) look(line);
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, take);
  const failure = (what: string) => {
    const last = lines.slice(-LINES_IN_ERRORS).map((line) => JSON.stringify(line));
    return new Error([`${name} ${what}. Its last lines:`, ...last].join('\n'));
  };
  const waitForLog = (fits: (line: LogLine) => boolean, timeoutMs = LINE_MS) =>
    new Promise<LogLine>((resolve, reject) => {
      const found = lines.find(fits);
      if (found) return resolve(found);
      const look = (line: LogLine) => fits(line) && finish(() => resolve(line));
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        settle();
      };
      const timer = setTimeout(() => finish(() => reject(failure(`did not log it within ${timeoutMs} ms`))), timeoutMs);
      waiting.add(look);
      void exited.then((end) => finish(() => reject(failure(`ended first (${end.signal ?? end.code})`))));
    });
  return { lines, waitForLog, isReady: () => isReady };
}

function isReadyLine(line: LogLine): boolean {
  return line['msg'] === 'ready';
}

function parseLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as LogLine;
  } catch {
    // Not one of pino's lines.
  }
  return { msg: text };
}

async function stop(
  name: string,
  process: { kill: (signal: NodeJS.Signals) => void; exited: Promise<Ending>; withinMs: number },
): Promise<Ending> {
  let killed = false;
  process.kill('SIGTERM');
  const timer = setTimeout(() => {
    killed = true;
    process.kill('SIGKILL');
  }, process.withinMs);
  const ending = await process.exited;
  clearTimeout(timer);
  if (killed) throw new Error(`${name} did not end within ${process.withinMs} ms of SIGTERM and was killed.`);
  return ending;
}
