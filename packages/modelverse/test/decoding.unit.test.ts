import { expect, test } from 'vitest';
import { decodeSubmitAnswer } from '../src/answers.ts';
import { createModelverseClient, refusalOf } from '../src/index.ts';
import { retryAfterMs } from '../src/retry-after.ts';
import { oneSocket } from '../src/sent-headers.ts';

const DATE = 'Wed, 21 Oct 2026 07:28:00 GMT';

test.each([
  ['0', 0],
  ['7', 7_000],
  ['999999999999', 3_600_000],
  ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
  ['Fri, 21 Oct 2033 07:27:00 GMT', 3_600_000],
  ['soon', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['', undefined],
])('Retry-After "%s" is a wait of %s ms', (text, waitMs) => {
  expect(retryAfterMs({ 'retry-after': text, date: DATE })).toBe(waitMs);
});

test('a Retry-After date without the date of the answer says nothing', () => {
  expect(retryAfterMs({ 'retry-after': DATE })).toBeUndefined();
  expect(retryAfterMs({})).toBeUndefined();
});

test.each([
  'Model not found: openai/sora-2/text-to-video',
  'The model `sora-2` does not exist or you do not have access to it',
  'model openai/sora-2/text-to-video is no longer available',
  'This model has been deprecated',
  'model_not_found',
  'Model sora-2 is not supported',
  'The model was withdrawn',
  'no such model',
])('"%s" is a model that is gone, whatever the 4xx', (message) => {
  const error = { message, code: 'model_error', type: '' };
  for (const httpStatus of [400, 403, 404, 410, 422])
    expect(refusalOf({ httpStatus, error })).toBe('model_unavailable');
});

test.each([
  'The model does not support a duration of 5',
  'model is required',
  'The model produced invalid content',
  'size is not supported by this model',
  'first_frame_url not found',
])('"%s" is not about a model that is gone', (message) => {
  expect(refusalOf({ httpStatus: 400, error: { message, code: 'param_error', type: '' } })).toBe('upstream_refused');
});

test('a 403 about quota is told from a 403 about rights', () => {
  const forbidden = (message: string) => ({ message, code: 'forbidden', type: 'permission_error' });
  expect(refusalOf({ httpStatus: 403, error: forbidden('quota exceeded') })).toBe('upstream_quota');
  expect(refusalOf({ httpStatus: 403, error: forbidden('not your project') })).toBe('upstream_auth');
  expect(refusalOf({ httpStatus: 403, error: undefined })).toBe('upstream_auth');
});

test('a task id may be text or a number of up to 256 printable characters', () => {
  const idOf = (taskId: unknown) => decodeSubmitAnswer(JSON.stringify({ output: { task_id: taskId } }))?.taskId;
  expect(idOf('x'.repeat(256))).toHaveLength(256);
  expect(idOf(17)).toBe('17');
  for (const bad of ['x'.repeat(257), '', ' ', 'a\u0000b', 'é', null, {}, [], true]) expect(idOf(bad)).toBeUndefined();
});

test('the second connection for one POST is refused', () => {
  let connections = 0;
  const errors: unknown[] = [];
  const { connect } = oneSocket(() => {
    connections += 1;
  });
  const options = { hostname: 'h', protocol: 'http:', port: '1' };
  for (let turn = 0; turn < 2; turn += 1) {
    connect(options, (...result) => {
      errors.push(result[0]);
    });
  }

  expect(connections).toBe(1);
  expect(errors).toEqual([expect.objectContaining({ message: 'this POST already had its connection' })]);
});

test('a key that no header can carry is refused at start, without being shown', () => {
  const options = { account: 'default', baseUrl: 'http://h', auth: 'raw', userAgent: 'u' } as const;
  expect(() => createModelverseClient({ ...options, apiKey: 'se\ncret' })).toThrow(
    /^The ModelVerse key has characters/,
  );
});
