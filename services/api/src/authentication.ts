import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity } from '@reelay/callers';
import type { Limits, Scope } from '@reelay/contracts';
import { Refusal } from './refusal.ts';

/** What a route asks of a key; `public` asks for none. */
export type RouteScope = Scope | 'public';

/** Who sent a request. The admin key of the environment belongs to no caller. */
export interface Requester {
  readonly caller: string | undefined;
  readonly scopes: readonly Scope[];
  /** What its caller may use; empty is no limit. */
  readonly limits: Limits;
}

const LONGEST_KEY = 256;
const OPERATOR: Requester = { caller: undefined, scopes: ['read', 'admin'], limits: {} };

/** Tells who an `Authorization` header belongs to. Throws a Refusal `unauthorized`. */
export function createAuthentication(about: {
  /** REELAY_ADMIN_KEY, if there is one. */
  adminKey: string | undefined;
  identify(key: string): Promise<Identity | undefined>;
}): (header: string | undefined) => Promise<Requester> {
  const isAdminKey = matcherOf(about.adminKey);
  return async (header) => {
    const key = keyIn(header);
    if (key === undefined) throw unauthorized();
    if (isAdminKey(key)) return OPERATOR;
    const identity = await about.identify(key);
    if (!identity) throw unauthorized();
    return identity;
  };
}

/** Throws a Refusal `forbidden` that names the scope. `admin` reads everything and submits nothing. */
export function requireScope(requester: Requester, needed: Scope): void {
  const { scopes } = requester;
  if (scopes.includes(needed) || (needed === 'read' && scopes.includes('admin'))) return;
  const detail =
    requester === OPERATOR
      ? `This needs the scope ${needed}, for a caller; REELAY_ADMIN_KEY belongs to none. Make a caller and a key with POST /v1/admin/callers and /v1/admin/callers/{id}/keys.`
      : `This needs a key with the scope ${needed}; this key has ${scopes.join(', ') || 'none'}.`;
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
  return createHash('sha256').update(text).digest();
}

function unauthorized(): Refusal {
  return new Refusal('unauthorized', { headers: { 'www-authenticate': 'Bearer' } });
}
