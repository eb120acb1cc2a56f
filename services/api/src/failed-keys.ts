import { isIP } from 'node:net';
import { normalizeIP } from '@fastify/rate-limit';
import { putLast } from './bounded-map.ts';

const WINDOW_MS = 60_000;
const MOST_PER_WINDOW = 30;
const MOST_ADDRESSES = 10_000;

interface Failures {
  count: number;
  readonly until: number;
}

/** Wrong keys by the address they came from, counted for a minute from the first. */
export interface FailedKeys {
  /** Notes a request with a wrong key. */
  note(address: string): void;
  /** How long keys from this address that nobody knows are refused unread; 0 while they are looked up. Milliseconds. */
  heldForMs(address: string): number;
}

/** In the memory of one process: each counts for itself, and what it costs is bounded whatever the number of addresses. */
export function createFailedKeys({ monotonicMs }: { monotonicMs(): number }): FailedKeys {
  const byAddress = new Map<string, Failures>();

  function recent(place: string): Failures | undefined {
    const failures = byAddress.get(place);
    return failures && monotonicMs() < failures.until ? failures : undefined;
  }

  return {
    note(address) {
      const place = placeOf(address);
      const failures = recent(place) ?? { count: 0, until: monotonicMs() + WINDOW_MS };
      failures.count += 1;
      putLast(byAddress, [place, failures], MOST_ADDRESSES);
    },
    heldForMs(address) {
      const failures = recent(placeOf(address));
      return failures && failures.count >= MOST_PER_WINDOW ? failures.until - monotonicMs() : 0;
    },
  };
}

/** An IPv4 address, or the /64 of an IPv6 one, which is what one client has. */
function placeOf(address: string): string {
  return isIP(address) ? normalizeIP(address) : 'no address';
}
