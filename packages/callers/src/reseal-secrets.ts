import { defineScripts, keyUnder, runScript } from '@reelay/redis';
import type { CallersDeps } from './callers.ts';
import { SCRIPTS } from './scripts.ts';
import { resealed } from './secret-keys.ts';

const AT_ONCE = 50;
const FIELDS = ['secret', 'old_secret'] as const;

/**
 * Seals every webhook secret with the present key, those of deleted callers included, and gives how many it changed.
 * Harmless when several processes do it at once. One that no key opens is left as it is and told to `onUnreadable`.
 */
export async function resealSecrets(
  deps: Omit<CallersDeps, 'now'> & { onUnreadable(caller: string, error: unknown): void },
): Promise<number> {
  const { redis, tag } = deps;
  defineScripts(redis, Object.values(SCRIPTS));
  const [live, deleted] = await Promise.all([
    redis.zrange(keyUnder(tag, 'callers'), '0', '-1'),
    redis.smembers(keyUnder(tag, 'callers', 'deleted')),
  ]);
  const callers = [...live, ...deleted];
  let changed = 0;
  for (let i = 0; i < callers.length; i += AT_ONCE) {
    const counts = await Promise.all(callers.slice(i, i + AT_ONCE).map(resealCaller));
    for (const count of counts) changed += count;
  }
  return changed;

  async function resealCaller(caller: string): Promise<number> {
    const key = keyUnder(tag, 'caller', caller);
    const sealed = await redis.hmget(key, ...FIELDS);
    const words = await Promise.all(FIELDS.map((field, index) => resealField(field, sealed[index])));
    return words.filter((word) => word === 'ok').length;

    async function resealField(field: string, seen: string | null | undefined): Promise<unknown> {
      try {
        const anew = seen ? resealed(seen, caller, deps) : undefined;
        return (
          seen && anew && (await runScript(redis, SCRIPTS.resealSecret, { keys: [key], args: [field, seen, anew] }))
        );
      } catch (error) {
        deps.onUnreadable(caller, error);
        return undefined;
      }
    }
  }
}
