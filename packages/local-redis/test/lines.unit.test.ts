import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { eachLine } from '../src/lines.ts';

async function linesOf(...chunks: string[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  eachLine(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await once(stream, 'close');
  return lines;
}

test('lines arrive whole, however they were cut, and without empty ones', async () => {
  expect(await linesOf('on', 'e\ntw', 'o\r\n\nthree\n')).toEqual(['one', 'two', 'three']);
});

test('a last line without an end is not lost', async () => {
  expect(await linesOf('one\nlast words')).toEqual(['one', 'last words']);
});

test('a line without end does not fill the memory: it arrives in pieces', async () => {
  const lines = await linesOf('x'.repeat(50_000), 'x'.repeat(50_000), 'x'.repeat(50_000));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join('')).toHaveLength(150_000);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(64 * 1024);
});
