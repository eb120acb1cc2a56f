import { createHash, timingSafeEqual } from 'node:crypto';

/** The two parts of `rk_<kid>_<secret>`. */
export interface KeyParts {
  readonly kid: string;
  readonly secret: string;
}

const KEY = /^rk_([A-Za-z0-9]{1,32})_([A-Za-z0-9]{1,128})$/;
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

export function parseKey(text: string): KeyParts | undefined {
  const [, kid, secret] = KEY.exec(text) ?? [];
  return kid && secret ? { kid, secret } : undefined;
}

export function formatKey({ kid, secret }: KeyParts): string {
  return `rk_${kid}_${secret}`;
}

/** A new key: 60 bits of name, 200 bits of secret. */
export function newKey(randomBytes: (size: number) => Uint8Array): KeyParts {
  const letters = (count: number): string =>
    Array.from(randomBytes(count), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return { kid: letters(12), secret: letters(40) };
}

/** What is stored of a secret. It is random and long, so one round of SHA-256 is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares in constant time. `expected` and the hash of `secret` are hex. */
export function secretMatches(secret: string, expected: string): boolean {
  const given = Buffer.from(hashSecret(secret), 'hex');
  const stored = Buffer.from(expected, 'hex');
  return given.length === stored.length && timingSafeEqual(given, stored);
}
