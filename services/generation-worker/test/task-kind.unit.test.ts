import { expect, test } from 'vitest';
import { kindOf } from '../src/task-kind.ts';

test.each([
  [{ resolution: '720P', duration: 5 }, '720p,5'],
  [{ size: '720x1280', duration: '4' }, '720x1280,4'],
  [{ duration: 8 }, ',8'],
  [{ seed: 7 }, ''],
  [undefined, ''],
  [{ resolution: { evil: 1 }, duration: 'x'.repeat(1_000) }, ''],
  [{ size: 'a}:{b', duration: -1 }, ',-1'],
])('tasks with the parameters %j are of the kind "%s"', (parameters, kind) => {
  expect(kindOf({ input: {}, ...(parameters && { parameters }) })).toBe(kind);
});
