import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');
const SYSTEM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** A clean clone of what is committed, an empty HOME, and a PATH with the system's own Node and npm. */
export interface BareMachine {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** The Node that a newcomer has, e.g. `v20.20.2`. */
  readonly node: string;
  /** True when a redis-server or valkey-server stands on the PATH: then fetching one is not shown. */
  readonly hasRedis: boolean;
  remove(): Promise<void>;
}

export async function makeBareMachine(): Promise<BareMachine> {
  const place = await mkdtemp(join(tmpdir(), 'reelay-bare-'));
  const folder = join(place, 'reelay');
  const home = join(place, 'home');
  const bin = join(place, 'bin');
  await Promise.all([mkdir(home), mkdir(bin)]);
  run('git', ['clone', '--quiet', ROOT, folder]);
  for (const tool of ['node', 'npm', 'npx']) await symlink(systemTool(tool), join(bin, tool));
  const env = { PATH: [bin, ...SYSTEM_FOLDERS].join(delimiter), HOME: home };
  const servers = ['redis-server', 'valkey-server'];
  return {
    folder,
    env,
    node: run(join(bin, 'node'), ['--version']),
    hasRedis: SYSTEM_FOLDERS.some((dir) => servers.some((name) => existsSync(join(dir, name)))),
    remove: () => rm(place, { recursive: true, force: true }),
  };
}

/** The first one on PATH that is not of a checkout: npm scripts put node_modules/.bin first. */
function systemTool(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => !dir.includes('node_modules'));
  const found = folders.map((dir) => join(dir, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`There is no ${name} on PATH beside that of the checkout`);
  return found;
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, [...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** Runs a command there to its end, at most `withinMs`; gives its exit code, its last lines, and how long it took. */
export function runThere(
  machine: BareMachine,
  command: readonly string[],
  withinMs: number,
): Promise<{ code: number | null; lines: readonly string[]; ms: number }> {
  const [program = 'npm', ...args] = command;
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: machine.folder,
    env: { ...machine.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(withinMs),
    killSignal: 'SIGTERM',
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n'));
      lines.splice(0, Math.max(0, lines.length - 400));
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => lines.push(error.message));
    child.on('close', (code) => resolve({ code, lines, ms: Math.round(performance.now() - startedAt) }));
  });
}
