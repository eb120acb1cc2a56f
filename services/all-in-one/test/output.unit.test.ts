import { expect, test } from 'vitest';
import { createOutput, type OutputOptions } from '../src/output.ts';

function setup(options: Partial<OutputOptions> = {}) {
  const written: string[] = [];
  const output = createOutput({
    pretty: false,
    colour: false,
    level: 'info',
    write: (text) => written.push(text),
    time: () => new Date(0),
    ...options,
  });
  return { output, written };
}

const readyLine = '{"level":"info","time":"2026-01-01T10:00:00.000Z","service":"api","pid":1,"msg":"ready"}';

test('without a terminal a log line stays as it is', () => {
  const { output, written } = setup();
  output.line('api', readyLine, 'info');
  expect(written).toEqual([`${readyLine}\n`]);
});

test('a line that is not JSON is wrapped and keeps its words', () => {
  const { output, written } = setup();
  output.line('api', 'node: bad option', 'error');
  const wrapped = { level: 'error', service: 'api', msg: 'node: bad option', time: '1970-01-01T00:00:00.000Z' };
  expect(JSON.parse(written.join(''))).toEqual(wrapped);
});

test('lines below the wanted level are left out', () => {
  const { output, written } = setup({ level: 'warn' });
  output.line('api', readyLine, 'info');
  output.say('warn', 'redis ended by SIGKILL');
  expect(written).toHaveLength(1);
});

test('on a terminal each line has the name of its process before it, also inside a stack', () => {
  const { output, written } = setup({ pretty: true });
  output.line('api', readyLine, 'info');
  const failed = { level: 'error', msg: 'failed', err: { type: 'Error', message: 'no', stack: 'Error: no\n  at x' } };
  output.line('webhook-worker', JSON.stringify(failed), 'info');
  const lines = written.join('').trimEnd().split('\n');
  expect(lines[0]).toMatch(/^api {14} │ .*INFO.*: ready$/);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines.slice(1)) expect(line).toMatch(/^webhook-worker {3} │ /);
});

test('colours only where they are wanted, another one for each process', () => {
  const { output, written } = setup({ pretty: true, colour: true });
  output.line('api', 'words', 'info');
  output.line('redis', 'words', 'info');
  const colours = written.map((text) => text.slice(0, 5));
  expect(colours.every((colour) => colour.startsWith('\u001b['))).toBe(true);
  expect(new Set(colours).size).toBe(2);
  const plain = setup({ pretty: true });
  plain.output.line('api', 'words', 'info');
  expect(plain.written.join('')).not.toContain('\u001b');
});
