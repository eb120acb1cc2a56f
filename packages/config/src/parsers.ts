import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

// Each parser throws an Error whose message finishes the sentence "NAME must be …"; a secret's text is never repeated.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

export function text(value: string): string {
  return value;
}

export function integer(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(`a whole number from ${min} to ${max} (got "${value}")`);
    return number;
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): (value: string) => T {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw new Error(`one of ${words.join(', ')} (got "${value}")`);
    return word;
  };
}

export function flag(value: string): boolean {
  return oneOf('true', 'false')(value) === 'true';
}

/** A duration such as `250ms`, `5s`, `2h` or `30d`, in milliseconds, inside the given bounds. */
export function duration(bounds: { minMs: number; maxMs: number }): (value: string) => number {
  return (value) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value);
    const ms = match ? Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN)) : Number.NaN;
    if (!(ms >= bounds.minMs && ms <= bounds.maxMs)) {
      throw new Error(
        `a duration such as 5s, 10m, 2h or 30d, from ${bounds.minMs} ms to ${bounds.maxMs} ms (got "${value}")`,
      );
    }
    return ms;
  };
}

/** Durations in milliseconds, separated by commas. */
export function durations(bounds: {
  minMs: number;
  maxMs: number;
  most: number;
}): (value: string) => readonly number[] {
  const one = duration(bounds);
  return (value) => {
    const list = value.split(',').map((part) => one(part.trim()));
    if (list.length > bounds.most) throw new Error(`at most ${bounds.most} durations (got ${list.length})`);
    return list;
  };
}

/** A size such as `512KiB` or `1MiB`, in bytes, inside the given bounds. */
export function bytes(bounds: { min: number; max: number }): (value: string) => number {
  return (value) => {
    const match = /^(\d+)(B|KiB|MiB|GiB)$/.exec(value);
    const size = match ? Number(match[1]) * (UNIT_BYTES[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
    if (!(size >= bounds.min && size <= bounds.max)) {
      throw new Error(`a size such as 512KiB or 1MiB, from ${bounds.min} to ${bounds.max} bytes (got "${value}")`);
    }
    return size;
  };
}

/** An absolute URL of one of the schemes, without a trailing slash. Its text may hold a password, so it is not repeated. */
export function url(...schemes: readonly string[]): (value: string) => string {
  return (value) => {
    // `redis:6379` parses too (the scheme redis, the path 6379): only a URL that names a host is meant.
    const scheme = schemes.find((candidate) => value.toLowerCase().startsWith(`${candidate}://`));
    if (!scheme || !URL.parse(value)?.hostname) {
      throw new Error(`a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
    }
    return value.replace(/\/+$/, '');
  };
}

/** An http(s) URL that paths are put behind: without user, query and fragment, which would be dropped or logged. */
export function baseUrl(value: string): string {
  const parsed = new URL(url('https', 'http')(value));
  if (parsed.username || parsed.password || parsed.search || parsed.hash) {
    throw new Error('a URL without user, password, query and fragment, e.g. https://api.example.com');
  }
  return value.replace(/\/+$/, '');
}

/** A list of address ranges, separated by commas, e.g. `10.0.0.0/8, fd00::/8`. */
export function cidrs(value: string): readonly string[] {
  return list(value, (part) => {
    if (!ipaddr.isValidCIDR(part))
      throw new Error(`address ranges such as 10.0.0.0/8, separated by commas ("${part}")`);
  });
}

/** A list of addresses or address ranges, separated by commas. */
export function addresses(value: string): readonly string[] {
  return list(value, (part) => {
    if (!isIP(part) && !ipaddr.isValidCIDR(part)) {
      throw new Error(`addresses or ranges such as 10.1.2.3 or 10.0.0.0/8, separated by commas ("${part}")`);
    }
  });
}

function list(value: string, check: (part: string) => void): readonly string[] {
  const parts = value.split(',').map((part) => part.trim());
  parts.forEach(check);
  return parts;
}

export function secretText(minLength: number): (value: string) => string {
  return (value) => {
    if (value.length < minLength) throw new Error(`at least ${minLength} characters long (got ${value.length})`);
    return value;
  };
}

/** 32 bytes in base64, as `openssl rand -base64 32` prints them. */
export function key32(value: string): Buffer {
  const key = Buffer.from(value, 'base64');
  if (key.length !== 32 || key.toString('base64') !== value) {
    throw new Error('32 bytes in base64, as `openssl rand -base64 32` prints them');
  }
  return key;
}

/** Several of them, separated by commas. */
export function keys32(value: string): readonly Buffer[] {
  return value.split(',').map((part) => key32(part.trim()));
}
