import { expect, test } from 'vitest';
import { createRandomPool } from '../src/random-pool.ts';

/** A source whose every byte is another one, as far as 4 bytes at a time can tell. */
function setup() {
  let drawn = 0;
  const sizes: number[] = [];
  const pool = createRandomPool((size) => {
    sizes.push(size);
    const bytes = Buffer.alloc(size);
    for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32BE(drawn++, at);
    return bytes;
  });
  return { pool, sizes };
}

test('no byte is given twice, and the source is asked once per block', () => {
  const { pool, sizes } = setup();
  const given = Array.from({ length: 1_000 }, () => pool(16).toString('hex'));
  expect(new Set(given).size).toBe(1_000);
  expect(sizes).toEqual([4_096, 4_096, 4_096, 4_096]);
});

test('a piece is as long as it was asked for, also where a block ends and beyond one', () => {
  const { pool } = setup();
  expect([4_090, 16, 0, 4_096, 10_000].map((size) => pool(size).length)).toEqual([4_090, 16, 0, 4_096, 10_000]);
});
