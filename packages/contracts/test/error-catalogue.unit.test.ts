import { expect, test } from 'vitest';
import { ERRORS, type ErrorCode, isTaskErrorCode, problem } from '../src/index.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

test.each(CODES)('%s either answers a request with an error status or ends a task', (code) => {
  const kind = ERRORS[code];
  if ('http' in kind) expect(kind.http >= 400 && kind.http <= 599).toBe(true);
  expect(isTaskErrorCode(code)).toBe(!('http' in kind));
});

test.each(CODES)('%s says what happened and what to do in whole sentences', (code) => {
  const { title, cause, action, upstreamType } = ERRORS[code];
  expect(title).toMatch(/^[A-Z].*[^.]$/s);
  expect(cause).toMatch(/^.+\.$/s);
  expect(action).toMatch(/^.+\.$/s);
  expect(upstreamType).toMatch(/^[a-z_]+$/);
});

/** 409s that go by themselves, so that the same request succeeds later. */
const PASSING_CONFLICTS: readonly ErrorCode[] = ['not_delivered', 'not_final', 'rotation_in_progress'];

test('an answer that says "busy" or "unavailable" may be repeated, and one that says "wrong" may not', () => {
  for (const code of CODES) {
    const kind = ERRORS[code];
    if (!('http' in kind)) continue;
    const isBusy = kind.http === 429 || (kind.http >= 500 && code !== 'change_unknown'); // that one may have been made
    const passes = isBusy || PASSING_CONFLICTS.includes(code);
    expect([code, kind.retryable]).toEqual([code, passes]);
  }
});

test('what may have cost money is never told as free', () => {
  const maybePaid = CODES.filter((code) => ERRORS[code].billed !== 'no').sort();
  expect(maybePaid).toEqual(
    [
      'accept_unknown',
      'already_submitted',
      'finish_deadline',
      'generation_failed',
      'result_missing',
      'submit_unknown',
      'upstream_canceled',
      'upstream_expired',
      'upstream_task_lost',
    ].sort(),
  );
});

test.each(['', 'no_such_code', 'toString', 'bad_json'])('"%s" is no code that ends a task', (word) => {
  expect(isTaskErrorCode(word)).toBe(false);
});

test('a problem has the shape of RFC 9457 and the shape of the upstream in one', () => {
  expect(problem('task_not_found', { requestId: 'req_1' })).toEqual({
    type: '/errors/task_not_found',
    title: 'No such task',
    status: 404,
    detail: 'Check the id, and that the key belongs to the caller that made the task.',
    code: 'task_not_found',
    request_id: 'req_1',
    retryable: false,
    error: {
      message: 'Check the id, and that the key belongs to the caller that made the task.',
      type: 'invalid_request_error',
      param: 'req_1',
      code: 'task_not_found',
    },
  });
});

test('its detail, its fields and the id to ask for are told where they are known', () => {
  const errors = [{ pointer: '/input/prompt', message: 'is required.' }];
  const told = problem('invalid_request', { requestId: 'r', detail: 'One field is wrong.', errors });
  expect(told).toMatchObject({ status: 422, detail: 'One field is wrong.', errors });
  expect(told.error.message).toBe('One field is wrong. /input/prompt is required.');
  expect(problem('accept_unknown', { requestId: 'r', taskId: 'task_1' })).toMatchObject({
    status: 503,
    retryable: true,
    task_id: 'task_1',
  });
});

test('the message for clients of the upstream names the first fields and stays short', () => {
  const errors = Array.from({ length: 20 }, (_, n) => ({
    pointer: `/f${n}`,
    message: `is wrong ${'x'.repeat(n * 400)}.`,
  }));
  const { message } = problem('invalid_request', { requestId: 'r', errors }).error;
  expect(message).toMatch(/^Correct the fields named in `errors`\. \/f0 is wrong \. \/f1 is wrong/);
  expect(message).toMatch(/\/f2 is wrong … And 17 more\.$/); // cut between words
  expect(message.length).toBeLessThan(700);
});
