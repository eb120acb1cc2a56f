import { describe, expect, test } from 'vitest';
import { createSseParser } from '../src/sse/parse.ts';

const parse = (...pieces: string[]) => {
  const parser = createSseParser('');
  return pieces.flatMap((piece) => parser.take(piece));
};

describe('the parser of event streams', () => {
  test('gives id, event and data', () => {
    expect(parse('id: 3\nevent: task.running\ndata: {"a":1}\n\n')).toEqual([
      { id: '3', event: 'task.running', data: '{"a":1}' },
    ]);
  });

  test('takes pieces however they are cut', () => {
    const whole = 'id: 1\r\nevent: a\r\ndata: x\r\ndata: y\r\n\r\nid: 2\r\ndata: z\r\n\r\n';
    const events = [
      { id: '1', event: 'a', data: 'x\ny' },
      { id: '2', event: 'message', data: 'z' },
    ];
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(parse(whole.slice(0, cut), whole.slice(cut)), `cut at ${cut}`).toEqual(events);
    }
  });

  test('knows all three line ends', () => {
    expect(parse('data: a\n\n', 'data: b\r\r', 'data: c\r\n\r\n').map(({ data }) => data)).toEqual(['a', 'b', 'c']);
  });

  test('leaves out comments, unknown fields, and events without data, whose id counts', () => {
    expect(parse(': ping\n\n', 'retry: 5\n\n', 'id: 9\n\n', 'data: x\n\n')).toEqual([
      { id: '9', event: 'message', data: 'x' },
    ]);
  });

  test('gives nothing of an event that is not complete', () => {
    expect(parse('id: 1\ndata: x\n')).toEqual([]);
  });

  test('refuses a line without end', () => {
    const parser = createSseParser('');
    const piece = 'x'.repeat(1024 * 1024);
    expect(() => {
      for (let n = 0; n < 5; n++) parser.take(piece);
    }).toThrow(/too long/);
  });

  test('refuses an event without end', () => {
    const parser = createSseParser('');
    const line = `data: ${'x'.repeat(1024 * 1024)}\n`;
    expect(() => {
      for (let n = 0; n < 5; n++) parser.take(line);
    }).toThrow(/too long/);
  });
});
