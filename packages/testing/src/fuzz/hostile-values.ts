import { between, pick, type Random } from '../faults/seeded-random.ts';

// Values that break servers. JSON texts, not values: 1e400, -0 and a lone surrogate do not survive JSON.stringify.

const WORDS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e\u2066',
  'é'.repeat(300),
  '😀'.repeat(130),
  'x'.repeat(5_000),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  'true',
  '0',
  '-1',
  '1e999',
  '../../etc/passwd',
  '%00',
  '%s%s%s%n',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '\r\nX-Injected: 1',
  '{"a":1}',
  '[]',
  '{reelay}:tasks',
  'task_0000000000000000000000',
  'http://127.0.0.1:1/hook',
  'http://[::ffff:169.254.169.254]/',
  'https://user:pass@example.com/',
  'javascript:alert(1)',
];

const DATES = [
  '0000-00-00T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2016-12-31T23:59:60Z',
  '9999-12-31T23:59:59.999999999Z',
  '+275760-09-13T00:00:00.001Z',
  '-000001-01-01T00:00:00Z',
  '2026-03-01T12:00:00+99:99',
  '2026-03-01',
  '2026-03-01 12:00:00',
];

const NUMBERS = ['-0', '0', '-1', '1', '0.1', '1e308', '1e400', '-1e400', '9007199254740993', '4294967296', '1E2'];

const OTHERS = [
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '[null]',
  '[[[[]]]]',
  '{"constructor":1}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"toString":null,"valueOf":{},"hasOwnProperty":1}',
  '{"":""}',
  '{"a":1,"a":2}',
];

/** A JSON text of the wrong kind, or out of every range. Mostly short; now and then deep, wide or long. */
export function hostileJson(random: Random): string {
  switch (between(random, { least: 0, most: 9 })) {
    case 0:
    case 1:
    case 2:
      return JSON.stringify(pick(random, WORDS));
    case 3:
      return JSON.stringify(pick(random, DATES));
    case 4:
    case 5:
      return pick(random, NUMBERS);
    case 6:
      return bulk(random);
    default:
      return pick(random, OTHERS);
  }
}

/** The same for a place that takes text only: a parameter, a header. */
export function hostileText(random: Random): string {
  return pick(random, [WORDS, DATES, NUMBERS][between(random, { least: 0, most: 2 })] ?? WORDS);
}

function bulk(random: Random): string {
  const size = between(random, { least: 1, most: 200 });
  switch (between(random, { least: 0, most: 4 })) {
    case 0:
      return '['.repeat(size) + ']'.repeat(size);
    case 1:
      return `${'{"a":'.repeat(size)}1${'}'.repeat(size)}`;
    case 2:
      return `[${Array(size * 60).fill('0')}]`;
    case 3:
      return `{${Array.from({ length: size }, (_none, n) => `"k${n}":"v"`)}}`;
    default:
      return JSON.stringify('y'.repeat(size * 50));
  }
}
