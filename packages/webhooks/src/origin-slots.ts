/** See {@link createOriginSlots}. */
export interface OriginSlots {
  /** A function that gives the slot back (more than once is harmless), or null when all are taken. */
  tryAcquire(callerId: string, origin: string): (() => void) | null;
}

/**
 * At most `limit` attempts in flight per caller and origin (`https://host:port`) in this process, so that one slow receiver
 * cannot hold every worker. Kept in memory, and only for pairs that have an attempt in flight.
 */
export function createOriginSlots(limit: number): OriginSlots {
  const taken = new Map<string, number>();

  function giveBack(key: string): void {
    const left = (taken.get(key) ?? 0) - 1;
    if (left > 0) taken.set(key, left);
    else taken.delete(key);
  }

  return {
    tryAcquire(callerId, origin) {
      const key = `${callerId}\n${origin}`;
      const inFlight = taken.get(key) ?? 0;
      if (inFlight >= limit) return null;
      taken.set(key, inFlight + 1);
      let held = true;
      return () => {
        if (held) giveBack(key);
        held = false;
      };
    },
  };
}
