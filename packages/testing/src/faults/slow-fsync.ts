import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endWithTests } from '../reaper.ts';

const SOURCE = join(import.meta.dirname, 'slow-fsync.c');
const COMPILERS = ['cc', 'gcc', 'clang'];
const COMPILE_MS = 30_000;

/** `missing`: a sentence for whoever reads the test run, as what needs the library is skipped. */
export type SlowFsyncLibrary = { readonly path: string } | { readonly missing: string };

let built: Promise<SlowFsyncLibrary> | undefined;

/**
 * A library that slows fsync and fdatasync of a program down: run it with `LD_PRELOAD=<path>` and
 * `SLOW_FSYNC_MS=<milliseconds>`. Compiled once per test process, into a temporary folder that goes with it.
 */
export function slowFsyncLibrary(): Promise<SlowFsyncLibrary> {
  built ??= buildSlowFsync(COMPILERS);
  return built;
}

/** Builds it with the first of these compilers that can. */
export async function buildSlowFsync(compilers: readonly string[]): Promise<SlowFsyncLibrary> {
  if (process.platform !== 'linux') return missing(`LD_PRELOAD works on Linux, and this is ${process.platform}`);
  const folder = await mkdtemp(join(tmpdir(), 'reelay-slow-fsync-'));
  endWithTests({ folder });
  const path = join(folder, 'slow-fsync.so');
  const problems: string[] = [];
  for (const compiler of compilers) {
    const problem = await compile(compiler, path);
    if (problem === undefined) return { path };
    problems.push(`${compiler}: ${problem}`);
  }
  return missing(
    `no C compiler could build it (${problems.join('; ')}). Install one, e.g. apt-get install gcc libc6-dev`,
  );
}

/** Gives what went wrong, or undefined. */
async function compile(compiler: string, path: string): Promise<string | undefined> {
  // -ldl after the source: a C library older than glibc 2.34 keeps dlsym there.
  const args = ['-shared', '-fPIC', '-O2', '-o', path, SOURCE, '-ldl'];
  try {
    await promisify(execFile)(compiler, args, { timeout: COMPILE_MS, killSignal: 'SIGKILL' });
    return undefined;
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    return code === 'ENOENT' ? 'not found' : (stderr || message).trim().split('\n')[0];
  }
}

function missing(why: string): SlowFsyncLibrary {
  return { missing: `SKIPPED, AND NOT PROVEN: what happens on a slow disk. There is no slow-fsync shim: ${why}.` };
}
