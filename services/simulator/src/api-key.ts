import { hash } from 'node:crypto';

/** How a request brought its key, and the key's SHA-256 in hex (of the key alone, so both schemes give the same). */
export type PresentedKey = { scheme: 'raw' | 'bearer'; sha: string } | { scheme: 'none' };

/** Reads `Authorization: <key>` or `Authorization: Bearer <key>`; every key that is not empty is good. */
export function readKey(authorization: string | undefined): PresentedKey {
  const bearer = /^bearer(?:\s+|$)/i.exec(authorization ?? '');
  const key = (authorization ?? '').slice(bearer?.[0].length ?? 0).trim();
  if (!key) return { scheme: 'none' };
  return { scheme: bearer ? 'bearer' : 'raw', sha: hash('sha256', key) };
}
