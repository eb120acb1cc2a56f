import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';
import { type Environment, probe, type RedisServer } from './server.ts';

// Debian and Ubuntu let anyone download and unpack a package: no root, nothing of the system is touched.

const DOWNLOAD_MS = 120_000;

interface FetchOptions {
  /** Where downloads are kept; made when missing. */
  readonly cacheFolder: string;
  readonly env: Environment;
  readonly log: (line: string) => void;
}

/** A server that an earlier run fetched, or a sentence that says why there is none. */
export async function fetchedServer(options: Pick<FetchOptions, 'cacheFolder' | 'env'>): Promise<RedisServer | string> {
  const folder = await installFolder(options.cacheFolder);
  const libraryPath = (await libraryFolders(folder)).join(':');
  const binary = join(folder, 'usr/bin/redis-server');
  return probe({ binary, origin: 'downloaded', ...(libraryPath && { libraryPath }) }, options.env);
}

/**
 * Downloads the distribution's redis-server with `apt-get` and unpacks it into the cache folder, in a few seconds. It
 * appears there by one rename: parallel fetches are safe and a killed one leaves no half server. Gives the server, or a
 * sentence that says why it failed.
 */
export async function fetchServer(options: FetchOptions): Promise<RedisServer | string> {
  const { cacheFolder, env, log } = options;
  if (!(await runTool(['apt-get', '--version'], { env, withinMs: 10_000 })).ok) return 'there is no apt-get here';
  log('No redis-server is installed: fetching one with apt-get into the cache folder (nothing is installed) ...');
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'fetching-'));
  try {
    const problem = await downloadAndUnpack(work, env);
    if (problem) return problem;
    await putInPlace(work, options);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return fetchedServer(options);
}

/** First with the package lists that are there; when they are missing or old, with fresh ones in a folder of our own. */
async function downloadAndUnpack(work: string, env: Environment): Promise<string | undefined> {
  if (!(await attempt(work, { env, aptOptions: [] }))) return undefined;
  const aptOptions = ['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', `Dir::Cache=${join(work, 'cache')}`];
  await mkdir(join(work, 'lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  const update = await apt(['update'], { work, env, aptOptions });
  return update.ok ? attempt(work, { env, aptOptions }) : sentence('apt-get update', update.output);
}

async function attempt(
  work: string,
  apply: { env: Environment; aptOptions: readonly string[] },
): Promise<string | undefined> {
  const plan = await apt(['install', '--simulate', '--no-install-recommends', 'redis-server'], { work, ...apply });
  if (!plan.ok) return sentence('apt-get install --simulate redis-server', plan.output);
  const missing = [...plan.output.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  // redis-server is a link into redis-tools; both are wanted even if dpkg believes that they are installed.
  const names = [...new Set(['redis-server', 'redis-tools', ...missing])];
  const download = await apt(['download', ...names], { work, ...apply });
  if (!download.ok) return sentence('apt-get download', download.output);
  const archives = (await readdir(work)).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) {
    const unpack = await runTool(['dpkg-deb', '-x', archive, 'unpacked'], {
      cwd: work,
      env: apply.env,
      withinMs: 60_000,
    });
    if (!unpack.ok) return sentence(`dpkg-deb -x ${archive}`, unpack.output);
  }
  return undefined;
}

function apt(
  args: readonly string[],
  { work, env, aptOptions }: { work: string; env: Environment; aptOptions: readonly string[] },
) {
  // apt run by root downloads as the user _apt, who cannot write to our folder.
  const asRoot = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  return runTool(['apt-get', '--quiet', '--yes', ...asRoot, ...aptOptions, ...args], {
    cwd: work,
    env: { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    withinMs: DOWNLOAD_MS,
  });
}

function sentence(command: string, output: string): string {
  const errors = output.split('\n').filter((line) => line.startsWith('E: '));
  return `${command} failed (${(errors.length > 0 ? errors : [output.trim()]).join(' ').slice(0, 400)})`;
}

/** When another fetch was faster, its server stays: somebody may be about to run it. Only a broken one is replaced. */
async function putInPlace(work: string, options: FetchOptions): Promise<void> {
  const from = join(work, 'unpacked');
  const to = await installFolder(options.cacheFolder);
  if (await moved(from, to)) return;
  if (typeof (await fetchedServer(options)) !== 'string') return;
  await moved(to, join(work, 'replaced'));
  await moved(from, to);
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
}

/** One folder per distribution and processor, as a home may be shared between machines. */
async function installFolder(cacheFolder: string): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const word = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1] ?? 'unknown';
  return join(cacheFolder, `redis-${word('ID')}-${word('VERSION_ID')}-${process.arch}`);
}

async function libraryFolders(folder: string): Promise<string[]> {
  const parents = ['usr/lib', 'lib'].map((name) => join(folder, name));
  const found = await Promise.all(
    parents.map(async (parent) => {
      const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isDirectory() && /-linux-/.test(entry.name))
        .map((entry) => join(parent, entry.name));
    }),
  );
  return found.flat();
}
