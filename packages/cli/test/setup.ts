import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithTests } from '@reelay/testing';
import { onTestFinished } from 'vitest';
import type { Io } from '../src/io.ts';
import { runCommandLine } from '../src/program.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const WITHIN_MS = 20_000;

/** A run of the command line. */
export interface Run {
  /** What it printed so far. */
  out(): string;
  err(): string;
  /** The first line of either output that fits; rejects with all that was printed when it ends first, or after 20 s. */
  says(words: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<{ code: number | null; out: string; err: string }>;
}

/** Runs the command line as a process, without a terminal. It is ended with the test. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  const looks = new Set<() => void>();
  const take = (to: 'out' | 'err') => (more: string) => {
    text[to] += more;
    for (const look of looks) look();
  };
  child.stdout.setEncoding('utf8').on('data', take('out'));
  child.stderr.setEncoding('utf8').on('data', take('err'));
  const exited = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, ...text }));
  });
  if (child.pid !== undefined) void exited.then(endWithTests({ pid: child.pid }));
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  onTestFinished(async () => {
    kill('SIGKILL');
    await exited;
  });
  const says = (words: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = `${text.out}\n${text.err}`.split('\n').find((line) => words.test(line));
        if (found === undefined) return;
        clearTimeout(timer);
        looks.delete(look);
        resolve(found);
      };
      const fail = () => reject(new Error(`It does not say ${words}:\n${text.out}\n${text.err}`));
      const timer = setTimeout(fail, WITHIN_MS);
      void exited.then(() => {
        clearTimeout(timer);
        look();
        fail(); // no effect when the look has found it
      });
      looks.add(look);
      look();
    });
  return { out: () => text.out, err: () => text.err, says, kill, exited };
}

/** Runs the command line within this process: the same, and much faster. */
export async function runCli(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; out: string; err: string }> {
  const text = { out: '', err: '' };
  const io: Io = {
    env,
    home: '/nonexistent',
    out: (line) => {
      text.out += `${line}\n`;
    },
    err: (line) => {
      text.err += `${line}\n`;
    },
    status: () => {},
    isTerminal: false,
    colors: false,
    signal: AbortSignal.timeout(WITHIN_MS),
    nowMs: Date.now,
  };
  const code = await runCommandLine(io, { version: '1.2.3', argv });
  return { code, ...text };
}

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
