import { expect, test } from 'vitest';
import { FULL, readOptions } from '../src/options.ts';

test('nothing said is the full bench', () => {
  expect(readOptions([])).toEqual({ options: FULL, json: undefined });
});

test('every option is read', () => {
  const args =
    '--n 10 --clients ordinary --concurrency 2 --generation 400ms,0.2 --interval 1s --per-second 5 --in-flight 7 --pairs 3';
  const more = '--polls 4 --receivers 2 --part load --part memory --env LOG_LEVEL=warn --env A=b=c --json out.json';
  expect(readOptions([...args.split(' '), ...more.split(' ')])).toEqual({
    json: 'out.json',
    options: {
      count: 10,
      clients: 'ordinary',
      concurrency: 2,
      generation: { medianMs: 400, sigma: 0.2 },
      intervalMs: 1_000,
      perSecond: 5,
      inFlight: 7,
      pairs: 3,
      polls: 4,
      receivers: 2,
      parts: ['load', 'memory'],
      env: { LOG_LEVEL: 'warn', A: 'b=c' },
    },
  });
});

test('--quick is overruled by what is said beside it', () => {
  expect(readOptions(['--quick', '--n', '50']).options).toMatchObject({ count: 50, pairs: 1 });
});

test.each([
  ['--n', '0', '--n must be a whole number'],
  ['--generation', '4s', '--generation must be such as'],
  ['--interval', '5', '--interval must be a time'],
  ['--part', 'all', '--part must be one of'],
  ['--clients', 'heavy', '--clients must be light or ordinary'],
  ['--env', 'x', '--env must be such as'],
])('%s %s is refused with a sentence', (name, value, sentence) => {
  expect(() => readOptions([name, value])).toThrow(sentence);
});
