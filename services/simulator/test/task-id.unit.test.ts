import { expect, test } from 'vitest';
import { decodeTaskId, encodeTaskId } from '../src/task-id.ts';

const facts = { submittedAt: 1_795_346_487_893, durationMs: 36_000_000, statusBits: 0xffff };
const random = Buffer.from('01234567');

test('an id carries its facts and is safe in URLs', () => {
  const id = encodeTaskId(facts, random);
  expect(id).toMatch(/^[A-Za-z0-9_-]{36}$/);
  expect(decodeTaskId(id)).toEqual(facts);
});

test('an id of the first release is read for ever', () => {
  expect(decodeTaskId('sim_AaIC_VqLAAABLAAAz9xNAPgcpAbZvi2a')).toEqual({
    submittedAt: 1_795_346_487_947,
    durationMs: 300,
    statusBits: 0,
  });
});

test.each(['', 'task_1', 'sim_', `sim_${'A'.repeat(32)}`, `sim_${'A'.repeat(31)}`])('%j is no id', (text) => {
  expect(decodeTaskId(text)).toBeUndefined();
});

test('an id with any one character changed is no id', () => {
  const id = encodeTaskId(facts, random);
  for (let at = 4; at < id.length; at += 1) {
    const changed = id.slice(0, at) + (id[at] === 'A' ? 'B' : 'A') + id.slice(at + 1);
    expect(decodeTaskId(changed)).toBeUndefined();
  }
});
