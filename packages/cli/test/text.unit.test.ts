import type { Task } from '@reelay/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Io } from '../src/io.ts';
import { clockText, parseDuration } from '../src/text/duration.ts';
import { readPairs } from '../src/text/input.ts';
import { startLiveLine } from '../src/text/live-line.ts';
import { taskLine } from '../src/text/task.ts';

/** An io that keeps what is written; its time stands still. */
function anIo(more: Partial<Io> = {}) {
  const written: string[] = [];
  const io: Io = {
    env: {},
    home: '/',
    out: (line) => written.push(`out ${line}`),
    err: (line) => written.push(`err ${line}`),
    status: (text) => written.push(`status ${text}`),
    isTerminal: false,
    colors: false,
    signal: new AbortController().signal,
    nowMs: () => 42_000,
    ...more,
  };
  return { io, written };
}

test('in a terminal the live line is written over each second, and taken away', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { io, written } = anIo({ isTerminal: true });
  const line = startLiveLine(io, { id: 'task_1', createdAtMs: 0 });
  line.saw('running');
  line.usually(70_000);
  vi.advanceTimersByTime(1_000);
  line.end();
  vi.advanceTimersByTime(5_000);
  expect(written).toEqual(['status running  0:42  task_1', 'status running  0:42 (usually 1:10)  task_1', 'status ']);
});

test('without a terminal each state is a line of its own', () => {
  const { io, written } = anIo();
  const line = startLiveLine(io, { id: 'task_1', createdAtMs: 0 });
  line.saw('queued');
  line.saw('running');
  line.end();
  expect(written).toEqual(['err queued  0:42  task_1', 'err running  0:42  task_1']);
});

test('a line of a list tells the age, or how long it took', () => {
  const { io } = anIo();
  const task = { id: 'task_1', status: 'running', model: 'm', created_at: '1970-01-01T00:00:02.000Z' };
  expect(taskLine(io, { ...task, finished_at: null } as Task)).toContain('running         0:40');
  expect(taskLine(io, { ...task, finished_at: '1970-01-01T00:00:09.000Z' } as Task)).toContain('0:07');
});

test('colors come only where they are wanted', () => {
  const task = {
    id: 'task_1',
    status: 'failed',
    model: 'm',
    created_at: '1970-01-01T00:00:00.000Z',
    finished_at: null,
  };
  expect(taskLine(anIo({ colors: true }).io, task as Task)).toContain('\x1b[31mfailed');
  expect(taskLine(anIo().io, task as Task)).not.toContain('\x1b');
});

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['', '5', '-1s', '1.5h', 'soon', '1 h'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow(/is not a duration/);
});

test.each([
  [-5, '0:00'],
  [42_999, '0:42'],
  [3_600_000, '1:00:00'],
])('%i ms are told as %s', (ms, text) => expect(clockText(ms)).toBe(text));

test('a parameter is JSON where it can be, else text', () => {
  expect(readPairs('-p', ['duration=4', 'size=720x1280', 'audio=true', 'seed="4"', 'prompt=a=b'])).toEqual({
    duration: 4,
    size: '720x1280',
    audio: true,
    seed: '4',
    prompt: 'a=b',
  });
});
