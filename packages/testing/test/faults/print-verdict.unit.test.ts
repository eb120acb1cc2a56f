import { expect, test } from 'vitest';
import { checkHistory } from '../../src/faults/check-history.ts';
import { printVerdict } from '../../src/faults/print-verdict.ts';
import { aHistory, aTask } from './history-builder.ts';

const printed = (change = {}) => printVerdict(checkHistory(aHistory(change)));

test('a good verdict says so first and counts each ledger', () => {
  expect(printed().split('\n')).toEqual([
    'The three ledgers agree.',
    '  clients             1   1 accepted, 0 accept_unknown, 0 unavailable, 0 no answer',
    '  tasks               1   1 succeeded, 0 failed, 0 expired, 0 canceled, 0 not final',
    '                          0 submit_unknown, 0 late answers, 0 known only to a request without an answer',
    '  upstream POSTs      1   1 created, 0 refused by 429',
    '  webhooks            1   1 events, 0 not verified',
  ]);
});

test('a violation is told with its rule and whose it is', () => {
  const lines = printed({ received: [] }).split('\n');
  expect(lines[0]).toBe('THE THREE LEDGERS DISAGREE: 1 violation.');
  expect(lines.slice(-2)).toEqual([
    '  webhook_missing: 1',
    '    task_1: succeeded, and no receiver got task.succeeded',
  ]);
});

test('of many violations of a rule five are told', () => {
  const tasks = Array.from({ length: 12 }, (_, index) => aTask({ id: `task_${index}`, status: 'queued' }));
  const text = printed({ tasks });
  expect(text.match(/still queued/g)).toHaveLength(5);
  expect(text).toContain('  not_final: 12\n');
  expect(text).toContain('    and 7 more');
});
