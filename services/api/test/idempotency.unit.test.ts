import { expect, test } from 'vitest';
import { idempotencyOf } from '../src/idempotency.ts';

/** A request with these lines of the field. */
const sent = (...keys: string[]) => ({ rawHeaders: keys.flatMap((key) => ['Idempotency-Key', key]) });
const hash = (body: unknown, route = '/v1/tasks/submit') => idempotencyOf(sent('k'), { route, body })?.request;

test('the order of members changes nothing, at any depth', () => {
  expect(hash({ a: 1, b: { c: [{ d: 1, e: 2 }], f: 3 } })).toBe(hash({ b: { f: 3, c: [{ e: 2, d: 1 }] }, a: 1 }));
});

test.each([
  [{ a: 1 }, { a: '1' }],
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: null }, {}],
  [{ a: {} }, { a: [] }],
  [
    { '1': 'x', a: 'y' },
    { '1': 'y', a: 'x' },
  ],
])('%j and %j are different requests', (one, other) => {
  expect(hash(one)).not.toBe(hash(other));
});

test('another route is another request', () => {
  expect(hash({}, '/v1/tasks/t/retry')).not.toBe(hash({}));
});

test.each([
  ['"k"', 'k'],
  ['"a\\"b\\\\c"', 'a"b\\c'],
])('the quoted key %s is the bare key %s', (quoted, bare) => {
  const request = { route: 'r', body: {} };
  expect(idempotencyOf(sent(quoted), request)).toEqual(idempotencyOf(sent(bare), request));
});

test('255 characters are a key, 256 are none', () => {
  const request = { route: 'r', body: {} };
  expect(idempotencyOf(sent('k'.repeat(255)), request)?.key).toMatch(/^[0-9a-f]{64}$/);
  expect(() => idempotencyOf(sent('k'.repeat(256)), request)).toThrow(/Idempotency-Key/);
});

test('no header is no key', () => {
  expect(idempotencyOf(sent(), { route: 'r', body: {} })).toBeUndefined();
});

test('two of them are none, although Node would join them to one', () => {
  expect(() => idempotencyOf(sent('one', 'two'), { route: 'r', body: {} })).toThrow(/Idempotency-Key/);
});
