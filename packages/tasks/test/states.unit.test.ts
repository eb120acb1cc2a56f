import { FINAL_STATUSES, TASK_STATUSES } from '@reelay/contracts';
import { expect, test } from 'vitest';
import { LEGAL_MOVES } from '../src/index.ts';
import { IN_FLIGHT } from '../src/states.ts';

/** Design section 4, copied by hand: a change of the source must be a change here too. */
const DESIGN: Readonly<Record<string, string>> = {
  queued: 'submitting canceled expired failed',
  submitting: 'queued submitted failed',
  submitted: 'running succeeded failed expired canceled',
  running: 'succeeded failed expired canceled',
  succeeded: '',
  failed: '',
  expired: '',
  canceled: '',
};

const PAIRS = TASK_STATUSES.flatMap((from) => TASK_STATUSES.map((to) => [from, to] as const));

test('the table knows the eight states of the design and no other', () => {
  expect(Object.keys(LEGAL_MOVES).sort()).toEqual(Object.keys(DESIGN).sort());
  expect([...TASK_STATUSES].sort()).toEqual(Object.keys(DESIGN).sort());
});

test.each(PAIRS)('%s -> %s is legal exactly when the design says so', (from, to) => {
  expect(LEGAL_MOVES[from].includes(to)).toBe(DESIGN[from]?.split(' ').includes(to));
});

test.each(TASK_STATUSES)('%s never becomes itself, and no move stands twice', (status) => {
  const moves = LEGAL_MOVES[status];
  expect(moves).not.toContain(status);
  expect(new Set(moves).size).toBe(moves.length);
});

test('a state is final exactly when nothing leads out of it', () => {
  const withoutExit = TASK_STATUSES.filter((status) => LEGAL_MOVES[status].length === 0);
  expect(withoutExit.sort()).toEqual([...FINAL_STATUSES].sort());
});

test('a task counts as in flight from the intent to POST until it ends', () => {
  expect([...IN_FLIGHT].sort()).toEqual(['running', 'submitted', 'submitting']);
});
