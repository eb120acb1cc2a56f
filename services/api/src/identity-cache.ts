import type { Identity } from '@reelay/callers';
import { putLast } from './bounded-map.ts';
import { Refusal } from './refusal.ts';

/**
 * How long a revoked key may still work, and changed limits stay unfelt; a new key may be refused for the other one. With
 * the time between two judgements of a stream's key (open-streams.ts) it stays below the 5 s that the docs promise.
 */
export const KNOWN_MS = 3_000;
const REFUSED_MS = 1_000;
const MOST_KNOWN = 10_000;
const MOST_REFUSED = 1_000;
const MOST_STRANGERS = 500;

/** Who the keys of late requests belong to. Wrong keys have a place of their own: a flood of them drives no right one out. */
export interface IdentityCache {
  /**
   * Undefined for a wrong key. Throws a Refusal `overloaded` when too many unknown keys are being looked up, and what
   * Redis throws.
   */
  identify(key: string): Promise<Identity | undefined>;
  /** Who a key belongs to that was looked up within the last seconds; undefined when that has to be asked. */
  recent(key: string): Identity | undefined;
  /** True for a key that was right when it was last looked up, however long ago that is. */
  knows(key: string): boolean;
}

interface Known {
  readonly identity: Identity;
  readonly until: number;
}

/**
 * Remembers for a few seconds who a key belongs to, so that a request does not cost two reads. Look-ups of one key at the
 * same time share one; a failed one is not remembered. `monotonicMs` does not jump with a clock; `now` is unix
 * milliseconds, in which keys expire.
 */
export function createIdentityCache(about: {
  identify(key: string): Promise<Identity | undefined>;
  monotonicMs(): number;
  now(): number;
}): IdentityCache {
  const known = new Map<string, Known>();
  const refused = new Map<string, number>();
  const pending = new Map<string, Promise<Identity | undefined>>();

  async function lookUp(key: string): Promise<Identity | undefined> {
    const askedAt = about.monotonicMs();
    try {
      const identity = await about.identify(key);
      if (identity) {
        putLast(known, [key, { identity, until: askedAt + Math.min(KNOWN_MS, leftOf(identity)) }], MOST_KNOWN);
        refused.delete(key);
      } else {
        putLast(refused, [key, askedAt + REFUSED_MS], MOST_REFUSED);
        known.delete(key);
      }
      return identity;
    } finally {
      pending.delete(key);
    }
  }

  function leftOf({ expiresAt }: Identity): number {
    return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - about.now();
  }

  function recent(key: string): Identity | undefined {
    const entry = known.get(key);
    return entry && about.monotonicMs() < entry.until ? entry.identity : undefined;
  }

  return {
    recent,
    knows: (key) => known.has(key),
    async identify(key) {
      const identity = recent(key);
      if (identity) return identity;
      if (about.monotonicMs() < (refused.get(key) ?? 0)) return undefined;
      const asked = pending.get(key);
      if (asked) return asked;
      if (!known.has(key) && pending.size >= MOST_STRANGERS) throw new Refusal('overloaded');
      const answer = lookUp(key);
      pending.set(key, answer);
      return answer;
    },
  };
}
