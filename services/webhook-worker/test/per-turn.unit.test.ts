import { expect, test, vi } from 'vitest';
import { perTurn } from '../src/per-turn.ts';

function setup() {
  const read = vi.fn(async (id: string) => ({ id }));
  return { read, asked: perTurn(read) };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('what is asked for twice in one turn is read once', async () => {
  const { read, asked } = setup();
  const [first, second, other] = await Promise.all([asked('a'), asked('a'), asked('b')]);
  expect(second).toBe(first);
  expect(other).toEqual({ id: 'b' });
  expect(read.mock.calls).toEqual([['a'], ['b']]);
});

test('in the next turn it is read again: a new secret is used from then on', async () => {
  const { read, asked } = setup();
  await asked('a');
  await nextTurn();
  await asked('a');
  await nextTurn();
  await asked('a');
  expect(read).toHaveBeenCalledTimes(3);
});

test('a read that fails fails for those who asked then, and for nobody later', async () => {
  const { read, asked } = setup();
  read.mockRejectedValueOnce(new Error('Redis is away'));
  await expect(Promise.all([asked('a'), asked('a')])).rejects.toThrow('Redis is away');
  await nextTurn();
  expect(await asked('a')).toEqual({ id: 'a' });
});
