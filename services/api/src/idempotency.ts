import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Idempotency } from '@reelay/tasks';
import { valuesOf } from './field-lines.ts';
import { Refusal } from './refusal.ts';

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/**
 * A request's Idempotency-Key and the hash of what it asks for; undefined when it carries none. `route` names the
 * operation; the hash is over the parsed body with sorted keys, so that spaces and order do not matter. Throws a
 * Refusal `bad_idempotency_key`.
 */
export function idempotencyOf(
  raw: Pick<IncomingMessage, 'rawHeaders'>,
  request: { route: string; body: unknown },
): Idempotency | undefined {
  const [header, ...more] = valuesOf(raw, 'idempotency-key');
  if (header === undefined) return undefined;
  const key = unquoted(header);
  if (more.length > 0 || !PRINTABLE.test(key)) throw new Refusal('bad_idempotency_key');
  return { key: sha256(key), request: sha256(JSON.stringify(request, withSortedKeys)) };
}

/** The key may come bare or as a string of structured fields (RFC 9651): `"a key"`, with \" and \\ inside. */
function unquoted(text: string): string {
  const inner = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1];
  return inner === undefined ? text : inner.replace(/\\(["\\])/g, '$1');
}

function withSortedKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
