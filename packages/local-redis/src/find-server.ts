import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fetchedServer, fetchServer } from './fetch-server.ts';
import { type Environment, probe, type RedisServer } from './server.ts';

const PROGRAMS = ['valkey-server', 'redis-server'];
/** Not on everybody's PATH, but where packages put a server. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** No usable redis-server is here and none could be fetched. The message says what was tried and what to install. */
export class NoRedisServerError extends Error {
  constructor(tried: readonly string[]) {
    super(
      [
        'No redis-server (7.0 or newer) was found and none could be fetched. Install one:',
        '  Debian, Ubuntu:  sudo apt-get install redis-server',
        '  Fedora:          sudo dnf install valkey',
        '  macOS:           brew install valkey',
        'or set REDIS_URL to a Redis that runs already, e.g. REDIS_URL=redis://127.0.0.1:6379.',
        ...tried.map((problem) => `Tried: ${problem}.`),
      ].join('\n'),
    );
    this.name = 'NoRedisServerError';
  }
}

interface FindOptions {
  /** PATH, XDG_CACHE_HOME and HOME are read; all of it is handed to the programs that are run. */
  readonly env: Environment;
  /** Gets a sentence when something takes time. */
  readonly log: (line: string) => void;
  /** Looked into after PATH. */
  readonly systemFolders?: readonly string[];
}

/**
 * Finds a redis-server or valkey-server: on PATH, in the cache folder, or, on Debian and Ubuntu, by fetching the
 * distribution's package into the cache folder (no root needed; a few seconds, once). Throws {@link NoRedisServerError}.
 */
export async function findRedisServer(options: FindOptions): Promise<RedisServer> {
  const { env, log, systemFolders = SYSTEM_FOLDERS } = options;
  const tried: string[] = [];
  for (const binary of await installedPrograms([...(env.PATH ?? '').split(delimiter), ...systemFolders])) {
    const found = await probe({ binary, origin: 'path' }, env);
    if (typeof found !== 'string') return found;
    tried.push(found);
  }
  const cacheFolder = await writableCacheFolder(env);
  const cached = await fetchedServer({ cacheFolder, env });
  if (typeof cached !== 'string') return cached;
  const fetched = await fetchServer({ cacheFolder, env, log });
  if (typeof fetched !== 'string') return fetched;
  throw new NoRedisServerError([...tried, fetched]);
}

async function installedPrograms(folders: readonly string[]): Promise<string[]> {
  const unique = [...new Set(folders.filter((folder) => folder.startsWith('/')))];
  const paths = unique.flatMap((folder) => PROGRAMS.map((program) => join(folder, program)));
  const runnable = await Promise.all(paths.map(isRunnable));
  return paths.filter((_, index) => runnable[index]);
}

async function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The user's cache folder; without a writable home, one in this checkout (never a shared one such as /tmp). */
async function writableCacheFolder(env: Environment): Promise<string> {
  const inCheckout = join(import.meta.dirname, '../../../.reelay/cache');
  const home = env.HOME ? join(env.HOME, '.cache') : undefined;
  const parent = env.XDG_CACHE_HOME || home;
  const folder = parent ? join(parent, 'reelay') : inCheckout;
  const usable = await mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
  return usable ? folder : inCheckout;
}
