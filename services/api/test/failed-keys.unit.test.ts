import { expect, test } from 'vitest';
import { createFailedKeys } from '../src/failed-keys.ts';

function setup() {
  const clock = { at: 0 };
  const failedKeys = createFailedKeys({ monotonicMs: () => clock.at });
  const fail = (address: string, times: number) => {
    for (let i = 0; i < times; i++) failedKeys.note(address);
  };
  return { clock, fail, heldForMs: failedKeys.heldForMs };
}

test('the 30th wrong key within a minute holds its address until that minute is over', () => {
  const { clock, fail, heldForMs } = setup();
  fail('192.0.2.1', 29);
  expect(heldForMs('192.0.2.1')).toBe(0);
  clock.at = 20_000;
  fail('192.0.2.1', 1);
  expect(heldForMs('192.0.2.1')).toBe(40_000);
  clock.at = 60_000;
  expect(heldForMs('192.0.2.1')).toBe(0);
});

test.each([
  ['another IPv4 address', '192.0.2.1', '192.0.2.2', false],
  ['the same address, mapped to IPv6', '192.0.2.1', '::ffff:192.0.2.1', true],
  ['the same /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['another /64', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['a link-local address of the same /64', 'fe80::1%eth0', 'fe80::2', true],
  ['what is no address at all', 'unknown', 'x'.repeat(10_000), true],
])('%s is held too: %s, %s: %s', (_what, failing, asking, held) => {
  const { fail, heldForMs } = setup();
  fail(failing, 30);
  expect(heldForMs(asking) > 0).toBe(held);
});

test('at most 10,000 addresses are remembered; the one that failed last stays', () => {
  const { fail, heldForMs } = setup();
  fail('192.0.2.1', 30);
  for (let i = 0; i < 10_000; i++) fail(`10.0.${i >> 8}.${i & 255}`, 1);
  fail('192.0.2.2', 30);
  expect([heldForMs('192.0.2.1'), heldForMs('192.0.2.2')]).toEqual([0, 60_000]);
});
