import type { Redis } from 'ioredis';

const OLDEST_VERSION = 7;

/** Thrown at start for a Redis that could lose what it acknowledged. One plain sentence per problem. */
export class UnsafeRedisError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`${problems.join(' ')} Use deploy/redis.conf, or set REDIS_ALLOW_UNSAFE=true to run all the same.`);
    this.name = 'UnsafeRedisError';
    this.problems = problems;
  }
}

/**
 * What makes this Redis unsafe to keep paid tasks in, one sentence each; empty when it is safe. `appendfsync everysec`
 * loses acknowledged writes on a plain SIGKILL (facts.md, Redis).
 */
export async function unsafeSettings(redis: Redis): Promise<string[]> {
  const problems: string[] = [];
  const version = /^(?:valkey|redis)_version:(\d+)/m.exec(await redis.info('server'))?.[1];
  if (Number(version) < OLDEST_VERSION) problems.push(`Redis is older than ${OLDEST_VERSION}.0 (version ${version}).`);
  const settings = await configOf(redis, [
    'appendonly',
    'appendfsync',
    'no-appendfsync-on-rewrite',
    'maxmemory-policy',
  ]);
  if (!settings) return [...problems, 'Redis does not show its settings (CONFIG GET is refused).'];
  if (settings.get('appendonly') !== 'yes') problems.push('Redis keeps no append-only file (appendonly must be yes).');
  if (settings.get('appendfsync') !== 'always') {
    problems.push(`Redis acknowledges writes before they are on disk (appendfsync must be always).`);
  }
  if (settings.get('no-appendfsync-on-rewrite') === 'yes') {
    problems.push('Redis does not sync while it rewrites its file (no-appendfsync-on-rewrite must be no).');
  }
  if (settings.get('maxmemory-policy') !== 'noeviction') {
    problems.push('Redis throws keys away when its memory is full (maxmemory-policy must be noeviction).');
  }
  return problems;
}

async function configOf(redis: Redis, names: readonly string[]): Promise<Map<string, string> | undefined> {
  try {
    const flat = (await redis.call('CONFIG', 'GET', ...names)) as string[];
    const settings = new Map<string, string>();
    for (let i = 0; i + 1 < flat.length; i += 2) settings.set(flat[i] ?? '', flat[i + 1] ?? '');
    return settings;
  } catch {
    return undefined; // managed servers forbid CONFIG: said in a sentence by the caller
  }
}

/**
 * Waits until Redis answers (a starting server that still loads its file included: ioredis waits out LOADING), then
 * refuses an unsafe one in production and warns about it elsewhere. Throws {@link UnsafeRedisError}.
 */
export async function requireSafeRedis(
  redis: Redis,
  rules: { production: boolean; allowUnsafe: boolean; warn(message: string): void },
): Promise<void> {
  const problems = await unsafeSettings(redis);
  if (problems.length === 0) return;
  if (rules.production && !rules.allowUnsafe) throw new UnsafeRedisError(problems);
  rules.warn(`This Redis can lose tasks: ${problems.join(' ')}`);
}
