import { expect, test } from 'vitest';
import { createCursors } from '../src/cursor.ts';

const KEY = Buffer.alloc(32, 'one');
const OTHER_KEY = Buffer.alloc(32, 'two');
const LIST = { list: 'tasks', caller: 'acme' };
const POSITION = { createdAt: 1_772_366_400_000, task: 'task_1' };

test('a cursor is opened by every process with the same key', () => {
  const cursor = createCursors({ secretKey: KEY, oldSecretKeys: [] }).seal(POSITION, LIST);
  expect(createCursors({ secretKey: KEY, oldSecretKeys: [] }).open(cursor, LIST)).toEqual(POSITION);
});

test('a cursor of the old key is taken while that key is named, and not after', () => {
  const cursor = createCursors({ secretKey: OTHER_KEY, oldSecretKeys: [] }).seal(POSITION, LIST);
  expect(createCursors({ secretKey: KEY, oldSecretKeys: [OTHER_KEY] }).open(cursor, LIST)).toEqual(POSITION);
  expect(() => createCursors({ secretKey: KEY, oldSecretKeys: [] }).open(cursor, LIST)).toThrow(/cursor/);
});

test('a cursor belongs to one list and its filters', () => {
  const cursors = createCursors({ secretKey: KEY, oldSecretKeys: [] });
  const cursor = cursors.seal(POSITION, LIST);
  expect(() => cursors.open(cursor, { ...LIST, caller: 'other' })).toThrow(/cursor/);
  expect(() => cursors.open(cursor, { ...LIST, status: 'failed' })).toThrow(/cursor/);
});

test('no bit of a cursor can be changed', () => {
  const cursors = createCursors({ secretKey: KEY, oldSecretKeys: [] });
  const cursor = cursors.seal(POSITION, LIST);
  for (let i = 0; i < cursor.length; i++) {
    const changed = `${cursor.slice(0, i)}${cursor[i] === 'A' ? 'B' : 'A'}${cursor.slice(i + 1)}`;
    expect(() => cursors.open(changed, LIST)).toThrow(/cursor/);
  }
});

test('no cursor is no position', () => {
  expect(createCursors({ secretKey: KEY, oldSecretKeys: [] }).open(undefined, LIST)).toBeUndefined();
});
