import type { Identity } from '@reelay/callers';

/** How long a revoked key may still work, and a new one may still be refused. */
const KNOWN_MS = 5_000;
const REFUSED_MS = 1_000;
const MOST_KEYS = 10_000;

interface Entry {
  readonly answer: Promise<Identity | undefined>;
  until: number;
}

/**
 * Remembers who a key belongs to for a few seconds, so that a request does not cost two reads. Look-ups of one key at the
 * same time share one; a failed one is not remembered. `monotonicMs` does not jump with a clock.
 */
export function createIdentityCache(about: {
  identify(key: string): Promise<Identity | undefined>;
  monotonicMs(): number;
}): (key: string) => Promise<Identity | undefined> {
  const entries = new Map<string, Entry>();

  function lookUp(key: string, now: number): Promise<Identity | undefined> {
    const entry: Entry = { answer: about.identify(key), until: now + REFUSED_MS };
    entries.delete(key); // so that it stands last: the first is the oldest
    entries.set(key, entry);
    if (entries.size > MOST_KEYS) dropOldest(entries);
    entry.answer.then(
      (identity) => {
        if (identity) entry.until = now + KNOWN_MS;
      },
      () => {
        if (entries.get(key) === entry) entries.delete(key);
      },
    );
    return entry.answer;
  }

  return (key) => {
    const now = about.monotonicMs();
    const entry = entries.get(key);
    return entry && now < entry.until ? entry.answer : lookUp(key, now);
  };
}

function dropOldest(entries: Map<string, Entry>): void {
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}
