import { expect, test } from 'vitest';
import { describeErrors } from '../src/catalogue/describe-errors.ts';
import { createAjv } from '../src/catalogue/keywords.ts';

/** What is said of a value by a schema that an operator may write. */
function said(schema: object, value: unknown) {
  const accepts = createAjv().compile(schema);
  return accepts(value) ? [] : describeErrors(accepts.errors ?? [], schema);
}

const either = { oneOf: [{ required: ['url'] }, { required: ['text'] }] };
const $defs = {
  image: { type: 'object', required: ['url'], properties: { url: { type: 'string' }, size: { type: 'integer' } } },
};
const union = {
  $defs,
  properties: { media: { anyOf: [{ type: 'string', minLength: 3 }, { $ref: '#/$defs/image' }] } },
};

test.each([
  ['neither of two', either, {}, '/url', 'is required, unless there is /text.'],
  ['both of two', either, { url: 'u', text: 't' }, '/text', 'must not be given together with url.'],
  ['the nearest form, a text', union, { media: 'ab' }, '/media', 'must have at least 3 characters.'],
  [
    'the nearest form, behind a $ref',
    union,
    { media: { url: 'u', size: 'x' } },
    '/media/size',
    'must be an integer (got "x").',
  ],
  ['a form that is missing a member', union, { media: {} }, '/media/url', 'is required.'],
  ['a condition', { required: ['a'], when: 'b is 1' }, {}, '/a', 'is required when b is 1.'],
  [
    'what must not be',
    { properties: { a: { not: {}, when: 'b is 1' } } },
    { a: 1 },
    '/a',
    'must not be given when b is 1.',
  ],
  ['a dependency', { dependentRequired: { b: ['a'] } }, { b: 1 }, '/a', 'is required together with b.'],
  [
    'what a mode takes',
    { propertyNames: { enum: ['a', 'b'], when: 'mode is x' } },
    { c: 1 },
    '/c',
    'is not taken when mode is x; what is: a, b.',
  ],
  ['a list', { properties: { a: { maxItems: 1 } } }, { a: [1, 2] }, '/a', 'must have at most 1 item.'],
  [
    'a list with a kind of items',
    { properties: { a: { contains: { const: 1, title: 'that are 1' }, minContains: 2 } } },
    { a: [1] },
    '/a',
    'must have at least 2 items that are 1.',
  ],
])('%s is one sentence about one place', (_name, schema, value, pointer, message) => {
  expect(said(schema, value)).toEqual([{ pointer, message }]);
});

const sum = { sumOf: { list: 'shots', member: 'seconds', equals: 'total', default: 5 } };
test.each([
  [{ shots: [{ seconds: '2' }, { seconds: 3 }] }, []],
  [{ shots: [{ seconds: 2 }], total: 2 }, []],
  [{ total: 2 }, []],
  [{ shots: [null, { seconds: 'x' }], total: 2 }, []],
  [{ shots: [{ seconds: 2 }] }, ['must have items whose seconds adds up to total, which is 5 (it adds up to 2).']],
])('of %j a sum says %j', (value, messages) => {
  expect(said(sum, value).map(({ message }) => message)).toEqual(messages);
});

const small = { type: 'string', maxDecodedBytes: 6 };
test.each([
  ['QUJDREVG', true],
  ['QUJDREVGRw==', false],
  ['data:image/png;base64,QUJDREVG', true],
  ['data:image/png;base64,QUJDREVGRw==', false],
  ['https://example.com/a-long-name-of-an-image.png', true],
])('%s is within 6 bytes: %s', (text, fits) => {
  expect(said(small, text)).toEqual(
    fits ? [] : [{ pointer: '', message: 'must be at most 6 bytes once it is decoded.' }],
  );
});
