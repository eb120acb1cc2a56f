import { expect, test } from 'vitest';
import { seededRandom } from '../../src/faults/seeded-random.ts';
import { fuzzRequests } from '../../src/fuzz/requests.ts';
import { judge } from '../../src/fuzz/run-fuzz.ts';

const DOCUMENT = {
  paths: {
    '/things/{id}': {
      put: {
        tags: ['things'],
        parameters: [
          { name: 'id', in: 'path', schema: { type: 'string' } },
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
        ],
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' }, example: { size: 4 } } },
        },
      },
    },
  },
  components: { schemas: { Thing: { type: 'object', properties: { size: { type: 'integer', minimum: 4 } } } } },
};

function requests(seed: number, count: number) {
  const options = { random: seededRandom(seed), known: { things: ['t1'] }, keys: { '': 'key' } };
  const all = fuzzRequests(DOCUMENT, options);
  return Array.from({ length: count }, () => all.next().value);
}

test('the same seed gives the same requests, another one gives others', () => {
  expect(requests(1, 50)).toEqual(requests(1, 50));
  expect(requests(1, 50)).not.toEqual(requests(2, 50));
});

test('there are valid requests among them, and every kind of wrong one', () => {
  const sent = requests(7, 3_000);
  const bodies = sent.map(({ body }) => String(body));
  const urls = sent.map(({ path }) => path);
  expect(bodies).toContain('{"size":4}');
  for (const part of [
    '{"size":3}',
    '"size":null',
    '1e400',
    '\\ud800',
    '"__proto__"',
    '[[[[',
    '\u0000',
    '{"model":1,"model":2',
  ]) {
    expect(
      bodies.some((body) => body.includes(part)),
      part,
    ).toBe(true);
  }
  expect(urls.some((url) => url === '/things/t1')).toBe(true);
  expect(urls.some((url) => url.includes('limit=101'))).toBe(true);
  expect(urls.some((url) => url.includes('__proto__'))).toBe(true);
  expect(sent.some(({ headers }) => headers['authorization'] !== 'key')).toBe(true);
});

const PROBLEM = { 'content-type': 'application/problem+json; charset=utf-8', 'x-request-id': 'r' };
const say = (code: string, more = {}) => JSON.stringify({ code, ...more });

test.each([
  ['a 5xx', 503, PROBLEM, say('unavailable'), 'a 5xx'],
  ['an error that is no problem', 400, { 'x-request-id': 'r', 'content-type': 'text/html' }, '', 'no problem'],
  ['a code that nobody knows', 400, PROBLEM, say('nonsense'), 'code nonsense with 400'],
  ['a code under another status', 404, PROBLEM, say('bad_json'), 'code bad_json with 404'],
  ['a 422 without a place', 422, PROBLEM, say('invalid_request'), 'no place'],
  ['a stack trace', 400, PROBLEM, 'Error\n    at f (/app/x.js:1:2)', 'an error shows its insides'],
  ['an answer without an id', 200, {}, '{}', 'no X-Request-Id'],
  ['a good problem', 422, PROBLEM, say('invalid_request', { errors: [{ pointer: '/a' }] }), undefined],
  ['a good answer', 200, { 'x-request-id': 'r' }, '{}', undefined],
])('%s is judged', (_what, status, headers, text, why) => {
  expect(judge({ status, headers, text }).why).toBe(why);
});
