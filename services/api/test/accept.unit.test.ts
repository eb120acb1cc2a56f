import type { NewTask } from '@reelay/tasks';
import { expect, test } from 'vitest';
import { acceptOnce } from '../src/accept.ts';
import { problemOf } from '../src/plugins/problems.ts';
import { Refusal } from '../src/refusal.ts';

test.each([
  ['with an Idempotency-Key may be sent again', { key: 'k', request: 'r' }, true],
  ['without one must not: it would be a second, paid task', undefined, false],
])('an accept of which nobody knows %s', async (_what, idempotency, retryable) => {
  const tasks = { accept: async () => ({ kind: 'unknown' as const, id: 'task_1' }), holderOf: async () => undefined };
  const told = acceptOnce(tasks, { caller: 'acme', idempotency, limits: {}, make: () => ({}) as NewTask });
  const refusal = await told.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(problemOf(refusal as Refusal, 'r')).toMatchObject({ code: 'accept_unknown', task_id: 'task_1', retryable });
});
