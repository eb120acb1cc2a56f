import { hash, timingSafeEqual } from 'node:crypto';
import type { Limits, Scope } from '@reelay/contracts';
import type { FailedKeys } from './failed-keys.ts';
import type { IdentityCache } from './identity-cache.ts';
import { Refusal, unauthorized } from './refusal.ts';

/** What a route asks of a key; `public` asks for none. */
export type RouteScope = Scope | 'public';

/** Who sent a request. The admin key of the environment belongs to no caller. */
export interface Requester {
  readonly caller: string | undefined;
  readonly scopes: readonly Scope[];
  /** What its caller may use; empty is no limit. */
  readonly limits: Limits;
}

/** The part of a request that says who sent it. */
export interface Credentials {
  /** The values of every `Authorization` field, in their order. */
  readonly authorization: readonly string[];
  /** Of the client, behind whatever TRUST_PROXY names; only asked for a key that has to be looked up. */
  address(): string;
}

export interface Authentication {
  /**
   * Who sent a request; at once for a key that was looked up within the last seconds. Throws, or rejects with, a Refusal:
   * `bad_request`, `unauthorized`, `rate_limited` or `overloaded`; rejects with what Redis throws.
   */
  admit(credentials: Credentials): Requester | Promise<Requester>;
  /** The same for a request that was admitted before, later on: undefined when its key is no longer one. Counts nothing. */
  recognise(credentials: Credentials): Promise<Requester | undefined>;
}

const LONGEST_KEY = 256;
const OPERATOR: Requester = { caller: undefined, scopes: ['read', 'admin'], limits: {} };

/**
 * After too many wrong keys from one address, a key from there that this process does not know is refused unread. One that
 * it knows passes: a client that is broken shuts nobody else out who shares its address.
 */
export function createAuthentication(about: {
  /** REELAY_ADMIN_KEY, if there is one. */
  adminKey: string | undefined;
  identities: IdentityCache;
  failedKeys: FailedKeys;
}): Authentication {
  const { identities, failedKeys } = about;
  const isAdminKey = matcherOf(about.adminKey);

  async function lookUp(key: string, address: string): Promise<Requester> {
    if (!identities.knows(key)) refuseWhile(failedKeys.heldForMs(address));
    const identity = await identities.identify(key);
    if (identity) return identity;
    failedKeys.note(address);
    throw unauthorized();
  }

  return {
    admit(credentials) {
      const { authorization } = credentials;
      if (authorization.length > 1) {
        throw new Refusal('bad_request', { detail: 'There is more than one Authorization field; send one.' });
      }
      const key = keyIn(authorization[0]);
      if (key === undefined) throw unauthorized();
      const known = identities.recent(key); // never the admin key, which is not looked up
      if (known) return known;
      return isAdminKey(key) ? OPERATOR : lookUp(key, credentials.address());
    },
    async recognise({ authorization }) {
      const key = keyIn(authorization[0]);
      if (key === undefined) return undefined;
      return isAdminKey(key) ? OPERATOR : identities.identify(key);
    },
  };
}

/** `admin` reads everything and submits nothing. */
export function hasScope({ scopes }: Requester, needed: Scope): boolean {
  return scopes.includes(needed) || (needed === 'read' && scopes.includes('admin'));
}

/** Throws a Refusal `forbidden` that names the scope. */
export function requireScope(requester: Requester, needed: Scope): void {
  if (hasScope(requester, needed)) return;
  const detail =
    requester === OPERATOR
      ? `This needs the scope ${needed}, for a caller; REELAY_ADMIN_KEY belongs to none. Make a caller and a key with POST /v1/admin/callers and /v1/admin/callers/{id}/keys.`
      : `This needs a key with the scope ${needed}; this key has ${requester.scopes.join(', ') || 'none'}.`;
  throw new Refusal('forbidden', { detail });
}

/** The key of `Authorization: <key>` (as the upstream documents it) or `Authorization: Bearer <key>`. */
function keyIn(header: string | undefined): string | undefined {
  const key = header?.replace(/^bearer +/i, '').trim();
  return key && key.length <= LONGEST_KEY ? key : undefined;
}

/** Compares hashes in constant time: neither length nor content of the key shows in the time it takes. */
function matcherOf(adminKey: string | undefined): (key: string) => boolean {
  if (adminKey === undefined) return () => false;
  const expected = sha256(adminKey);
  return (key) => timingSafeEqual(sha256(key), expected);
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function refuseWhile(heldForMs: number): void {
  if (heldForMs <= 0) return;
  throw new Refusal('rate_limited', {
    detail:
      'Too many requests with a wrong key came from this address within a minute. See that its clients have a live key.',
    headers: { 'retry-after': String(Math.ceil(heldForMs / 1_000)) },
  });
}
