import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.ts';

/** Where a list goes on, as a text that only we can make and that fits one list with its filters alone. */
export interface Cursors {
  seal(position: unknown, list: object): string;
  /** Undefined for undefined. Throws a Refusal `bad_request` for everything that {@link seal} did not make for this list. */
  open<T>(cursor: string | undefined, list: object): T | undefined;
}

const MAC_BYTES = 16;
const LONGEST = 512;
const NOT_OURS =
  'The `cursor` is not one that this list gave to this caller with these filters; leave it out to begin with the newest.';

/**
 * `secretKey` is REELAY_SECRET_KEY, so that all api processes agree; the cursors of `oldSecretKeys` are taken too. A
 * cursor is base64url of a MAC and the position's JSON: it can be read and not made up.
 */
export function createCursors(about: { secretKey: Buffer; oldSecretKeys: readonly Buffer[] }): Cursors {
  const present = macKeyOf(about.secretKey);
  const keys = [present, ...about.oldSecretKeys.map(macKeyOf)];
  return {
    seal(position, list) {
      const text = Buffer.from(JSON.stringify(position));
      return Buffer.concat([macOf(text, list, present), text]).toString('base64url');
    },

    open<T>(cursor: string | undefined, list: object): T | undefined {
      if (cursor === undefined) return undefined;
      const bytes = Buffer.from(cursor.length <= LONGEST ? cursor : '', 'base64url');
      // The decoder skips what is not of its alphabet: only the text that it would make itself is taken.
      if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== cursor) throw notOurs();
      const [mac, text] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
      if (!keys.some((key) => timingSafeEqual(mac, macOf(text, list, key)))) throw notOurs();
      return JSON.parse(text.toString()) as T; // the MAC says that it is what seal was given
    },
  };
}

function macOf(text: Buffer, list: object, key: Buffer): Buffer {
  const bound = Buffer.from(JSON.stringify(list));
  return createHmac('sha256', key)
    .update(`${bound.length}:`)
    .update(bound)
    .update(text)
    .digest()
    .subarray(0, MAC_BYTES);
}

function macKeyOf(secretKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', 'reelay list cursor v1', 32));
}

function notOurs(): Refusal {
  return new Refusal('bad_request', { detail: NOT_OURS });
}
