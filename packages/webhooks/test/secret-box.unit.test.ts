import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSecret, sealSecret } from '../src/index.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const KEY = Buffer.alloc(32, 7);

function aSealedSecret({ key = KEY, aad = 'caller-a' } = {}): string {
  return sealSecret(SECRET, { key, aad, randomBytes });
}

test('a sealed secret opens with its key and for its caller', () => {
  expect(openSecret(aSealedSecret(), { keys: [KEY], aad: 'caller-a' })).toBe(SECRET);
});

test('the text form names the version and the key, and does not hold the secret', () => {
  const [version, keyId, iv, text, ...rest] = aSealedSecret().split('.');
  expect({ version, keyId, rest }).toEqual({
    version: 'v1',
    keyId: createHash('sha256').update(KEY).digest('hex').slice(0, 8),
    rest: [],
  });
  expect(Buffer.from(iv ?? '', 'base64url')).toHaveLength(12);
  expect(Buffer.from(text ?? '', 'base64url')).toHaveLength(SECRET.length + 16);
});

test('two seals of one secret differ', () => {
  expect(aSealedSecret()).not.toBe(aSealedSecret());
});

test('after a change of keys the earlier key still opens what it sealed', () => {
  const fresh = Buffer.alloc(32, 8);
  expect(openSecret(aSealedSecret(), { keys: [fresh, KEY], aad: 'caller-a' })).toBe(SECRET);
});

test('without its key a sealed secret is refused, and the key is named', () => {
  const keyId = createHash('sha256').update(KEY).digest('hex').slice(0, 8);
  const keys = [Buffer.alloc(32, 8)];
  expect(() => openSecret(aSealedSecret(), { keys, aad: 'caller-a' })).toThrow(`sealed with the key ${keyId}`);
});

test('a sealed secret does not open for another caller', () => {
  expect(() => openSecret(aSealedSecret(), { keys: [KEY], aad: 'caller-b' })).toThrow(/belongs to another caller/);
});

test('a change at any place of the sealed text is refused', () => {
  const sealed = aSealedSecret();
  const place = fc.integer({ min: 0, max: sealed.length - 1 });
  const character = fc.constantFrom(...'ABab01_-.');
  fc.assert(
    fc.property(place, character, (at, put) => {
      fc.pre(sealed[at] !== put);
      const changed = sealed.slice(0, at) + put + sealed.slice(at + 1);
      expect(() => openSecret(changed, { keys: [KEY], aad: 'caller-a' })).toThrow(
        /sealed with|changed|not in the form/,
      );
    }),
    { numRuns: 300 },
  );
});

test.each(['', 'whsec_AAAA', 'v2.00000000.AAAAAAAAAAAAAAAA.AAAA', 'v1.00000000.AAAA.AAAA'])(
  'the text "%s" is refused as not sealed',
  (sealed) => {
    expect(() => openSecret(sealed, { keys: [KEY], aad: 'caller-a' })).toThrow(/not in the form/);
  },
);

test('a text cut below its tag is refused', () => {
  const [version, keyId, iv] = aSealedSecret().split('.');
  const cut = [version, keyId, iv, 'AAAA'].join('.');
  expect(() => openSecret(cut, { keys: [KEY], aad: 'caller-a' })).toThrow(/was changed/);
});
