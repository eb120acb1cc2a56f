import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as config from '@reelay/config';
import type { Ending } from '@reelay/local-redis';
import { endWithTests, freePort, handedOn } from '@reelay/testing';

export const ROOT = join(import.meta.dirname, '../../..');
const MAIN = 'services/all-in-one/src/main.ts';
const START_MS = 30_000;

/**
 * Every setting, set to nothing: a `.env` in the checkout of whoever runs the tests may name a real upstream, where each
 * task is paid for.
 */
export const NOTHING_SET: Readonly<Record<string, string>> = Object.fromEntries(
  [...settingNames(), 'NODE_ENV', 'REELAY_DATA_DIR']
    .flatMap((name) => [name, `${name}_FILE`])
    .map((name) => [name, '']),
);

/** `npm start` as it runs: its parent process, started in a process group of its own as a shell does. */
export interface Program {
  readonly pid: number;
  /** Both outputs so far. */
  text(): string;
  /** Resolves with the first screen; rejects with the output when it ends first, or after 30 s. */
  readonly screen: Promise<string>;
  /** As a terminal does it: SIGINT to the whole process group. */
  ctrlC(): void;
  readonly exited: Promise<Ending>;
}

export interface House extends Program {
  readonly apiUrl: string;
  readonly simulatorUrl: string;
  readonly key: string;
  readonly secret: string;
}

/** A data folder of the test's own. It is removed, and what still runs on it is ended, when the test is finished. */
export async function aDataFolder(onTestFinished: (end: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-e2e-'));
  onTestFinished(async () => {
    for (const pid of processesOn(folder)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

/** Runs `npm start` without npm: short tasks, free ports, and nothing of the tester's own settings. */
export async function runProgram(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const ports = { PORT: String(await freePort()), SIMULATOR_PORT: String(await freePort()) };
  const short = { SIMULATOR_MEDIAN: '700ms', SIMULATOR_SIGMA: '0', POLL_INTERVAL: '100ms' };
  const child = spawn(process.execPath, [MAIN], {
    cwd: ROOT,
    detached: true,
    env: { ...NOTHING_SET, ...handedOn, ...short, ...ports, REELAY_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('npm start could not be run.');
  const exited = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  void exited.then(endWithTests({ pid }));
  let text = '';
  const { promise: screen, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error(`No first screen within ${START_MS} ms:\n${text}`)), START_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const found = /\nReelay runs\.[\s\S]*\ncurl \S+\/inbox\n/.exec(text);
      if (found) resolve(found[0]);
    });
  }
  void exited.then(() => reject(new Error(`It ended before its first screen:\n${text}`)));
  screen.catch(() => {}).finally(() => clearTimeout(timer)); // a test that expects a refusal does not wait for it
  return { pid, text: () => text, screen, ctrlC: () => void process.kill(-pid, 'SIGINT'), exited };
}

/** Runs it until its first screen, and reads from there what a person would. */
export async function startHouse(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<House> {
  const program = await runProgram(dataDir, env);
  const screen = await program.screen;
  const read = (words: RegExp) => words.exec(screen)?.[1] ?? `(not on the screen: ${words})`;
  return {
    ...program,
    apiUrl: read(/api +(http\S+)/),
    simulatorUrl: read(/inbox +(http\S+)\/inbox/),
    key: read(/key +(\S+)/),
    secret: read(/secret +(\S+)/),
  };
}

/**
 * Everything that runs on a data folder, as /proc shows it: each of our processes has the folder in its environment, Redis
 * has its working folder in it. Where there is no /proc, nothing.
 */
export function processesOn(dataDir: string): readonly number[] {
  if (!existsSync('/proc/self/environ')) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isOn(pid, dataDir)).map(Number);
}

/** False for a process that has ended, or is another user's. */
function isOn(pid: string, dataDir: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    return environment.includes(`REELAY_DATA_DIR=${dataDir}\0`) || readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDir);
  } catch {
    return false;
  }
}

function settingNames(): readonly string[] {
  const groups = Object.values(config).filter((value) => typeof value === 'object');
  return groups.flatMap((group) => Object.values(group)).flatMap((setting) => nameOf(setting));
}

function nameOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && 'name' in value ? [String(value.name)] : [];
}
