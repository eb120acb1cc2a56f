import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { parse } from '../src/index.ts';

const HOUR_MS = 3_600_000;

test.each([
  ['250ms', 250],
  ['5s', 5_000],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['2h', 2 * HOUR_MS],
  ['30d', 720 * HOUR_MS],
])('the duration %s is %i ms', (text, ms) => {
  expect(parse.duration({ minMs: 0, maxMs: 1_000 * HOUR_MS })(text)).toBe(ms);
});

test.each(['5', 's', '-5s', '5 s', '5S', '1e3s', '', '5s,5s', '49ms', '61m'])(
  '"%s" is no duration from 50ms to 1h',
  (text) => {
    expect(() => parse.duration({ minMs: 50, maxMs: HOUR_MS })(text)).toThrow('a duration such as 5s');
  },
);

test('durations are a list, and a longer one than allowed is refused', () => {
  const durations = parse.durations({ minMs: 10, maxMs: HOUR_MS, most: 3 });
  expect(durations('10ms, 5s,1m')).toEqual([10, 5_000, 60_000]);
  expect(() => durations('1s,1s,1s,1s')).toThrow('at most 3 durations (got 4)');
  expect(() => durations('1s,,1s')).toThrow('a duration such as 5s');
});

test.each([
  ['1024B', 1_024],
  ['512KiB', 524_288],
  ['32MiB', 33_554_432],
])('the size %s is %i bytes', (text, size) => {
  expect(parse.bytes({ min: 1_024, max: 32 * 1024 ** 2 })(text)).toBe(size);
});

test.each(['1MB', '1', '1.5MiB', '1023B', '33MiB', '1GiB', ''])('"%s" is no size from 1 KiB to 32 MiB', (text) => {
  expect(() => parse.bytes({ min: 1_024, max: 32 * 1024 ** 2 })(text)).toThrow('a size such as 512KiB');
});

test.each(['-1', '1.0', '0x10', '1e2', '65536', 'ten', '99999999999999999999'])('"%s" is no port', (text) => {
  expect(() => parse.integer(0, 65_535)(text)).toThrow(`a whole number from 0 to 65535 (got "${text}")`);
});

test('a flag is true or false and nothing else', () => {
  expect([parse.flag('true'), parse.flag('false')]).toEqual([true, false]);
  for (const text of ['1', 'yes', 'TRUE', 'on']) expect(() => parse.flag(text)).toThrow(`(got "${text}")`);
});

test('a URL keeps everything but the slash at its end', () => {
  expect(parse.url('https', 'http')('https://proxy.example/modelverse//')).toBe('https://proxy.example/modelverse');
});

test.each(['redis', 'redis:6379', 'http://redis:6379', 'not a url', '//redis', 'redis://', 'redis:///0'])(
  '"%s" is no Redis URL',
  (text) => {
    expect(() => parse.url('redis', 'rediss')(text)).toThrow('a URL that begins with redis:// or rediss://');
  },
);

test('address ranges are a list; a bare address is none', () => {
  expect(parse.cidrs('10.0.0.0/8, fd00::/8')).toEqual(['10.0.0.0/8', 'fd00::/8']);
  for (const text of ['10.0.0.1', '10.0.0.0/33', '10.0.0.0/8;', 'example.com', '10.0.0.0/8,'])
    expect(() => parse.cidrs(text)).toThrow('address ranges such as 10.0.0.0/8');
});

test('addresses take both', () => {
  expect(parse.addresses('10.1.2.3,::1, 10.0.0.0/8')).toEqual(['10.1.2.3', '::1', '10.0.0.0/8']);
  expect(() => parse.addresses('balancer')).toThrow('addresses or ranges');
});

test('a secret that is too short is told by its length', () => {
  expect(parse.secretText(3)('abc')).toBe('abc');
  expect(() => parse.secretText(32)('short')).toThrow('at least 32 characters long (got 5)');
});

test('a key is 32 bytes of base64', () => {
  const key = randomBytes(32);
  expect(parse.key32(key.toString('base64'))).toEqual(key);
});

test('keys are separated by commas', () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  expect(parse.keys32(`${first.toString('base64')}, ${second.toString('base64')}`)).toEqual([first, second]);
  expect(() => parse.keys32(`${first.toString('base64')},`)).toThrow('32 bytes in base64');
});

test.each([
  ['31 bytes', randomBytes(31).toString('base64')],
  ['33 bytes', randomBytes(33).toString('base64')],
  ['hex', randomBytes(32).toString('hex')],
  ['base64url', Buffer.alloc(32, 0xff).toString('base64url')],
  ['a sentence', 'correct horse battery staple'],
])('%s is no key, and is not repeated', (_, text) => {
  expect(() => parse.key32(text)).toThrow(/^32 bytes in base64, as `openssl rand -base64 32` prints them$/);
});

test('a word is one of the list', () => {
  expect(parse.oneOf('raw', 'bearer')('raw')).toBe('raw');
  expect(() => parse.oneOf('raw', 'bearer')('Raw')).toThrow('one of raw, bearer (got "Raw")');
});
