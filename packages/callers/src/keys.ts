import { type CreateKey, isoTime, type Limits, type NewKey, type Scope } from '@reelay/contracts';
import { defineScripts, keyUnder, runScript } from '@reelay/redis';
import { limitsFrom, scopesFrom } from './caller-fields.ts';
import type { CallersDeps } from './callers.ts';
import { formatKey, hashSecret, type KeyParts, newKey, parseKey, secretMatches } from './key-text.ts';
import { SCRIPTS } from './scripts.ts';

/** Who sends a request, by its key. */
export interface Identity {
  readonly caller: string;
  readonly kid: string;
  readonly scopes: readonly Scope[];
  readonly limits: Limits;
  /** Unix milliseconds; undefined for a key that does not expire. */
  readonly expiresAt: number | undefined;
}

/** A caller has at most so many live keys: each is read whenever the caller is shown. */
const MOST_KEYS = 100;

export type Keys = ReturnType<typeof createKeys>;

/** API keys. Only the hash of a secret is stored. */
export function createKeys(deps: Omit<CallersDeps, 'secretKey' | 'oldSecretKeys'>) {
  const { redis, tag } = deps;
  defineScripts(redis, Object.values(SCRIPTS));

  /** Writes a key with the given parts. `missing`: the caller is gone; `full`: it has 100 live keys. */
  async function write(caller: string, parts: KeyParts, about: CreateKey): Promise<NewKey | 'missing' | 'full'> {
    const now = deps.now();
    const expiresAt = about.expires_in ? now + about.expires_in * 1_000 : 0;
    const fields = ['caller', caller, 'hash', hashSecret(parts.secret), 'scopes', about.scopes.join(',')];
    fields.push('created_at', String(now), 'expires_at', String(expiresAt));
    const word = await runScript(redis, SCRIPTS.createKey, {
      keys: [keyUnder(tag, 'caller', caller), keyUnder(tag, 'caller', caller, 'keys'), keyUnder(tag, 'key', parts.kid)],
      args: [parts.kid, expiresAt, MOST_KEYS, keyUnder(tag, 'key', ''), ...fields],
    });
    if (word === 'missing' || word === 'full') return word;
    const expires = expiresAt > 0 ? isoTime(expiresAt) : null;
    return { key: formatKey(parts), kid: parts.kid, scopes: about.scopes, expires_at: expires };
  }

  return {
    write,

    create: (caller: string, about: CreateKey) => write(caller, newKey(deps.randomBytes), about),

    /** False when this caller has no such key. */
    async remove(caller: string, kid: string): Promise<boolean> {
      const word = await runScript(redis, SCRIPTS.deleteKey, {
        keys: [keyUnder(tag, 'caller', caller, 'keys'), keyUnder(tag, 'key', kid)],
        args: [kid],
      });
      return word === 'ok';
    },

    /** Who a key belongs to; undefined for a key that is wrong, expired or gone. */
    async identify(text: string): Promise<Identity | undefined> {
      const parts = parseKey(text);
      if (!parts) return undefined;
      const key = await redis.hgetall(keyUnder(tag, 'key', parts.kid));
      const { caller, hash } = key;
      if (!caller || !hash || !secretMatches(parts.secret, hash)) return undefined;
      const expiresAt = Number(key['expires_at'] ?? 0);
      if (expiresAt > 0 && expiresAt <= deps.now()) return undefined;
      const limits = await redis.hget(keyUnder(tag, 'caller', caller), 'limits');
      return {
        caller,
        kid: parts.kid,
        scopes: scopesFrom(key['scopes']),
        limits: limitsFrom(limits ?? undefined),
        expiresAt: expiresAt > 0 ? expiresAt : undefined,
      };
    },
  };
}
