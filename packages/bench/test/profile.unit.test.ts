import { expect, test } from 'vitest';
import { profileTable, summarise } from '../src/profile.ts';

/** A profile in which each of these functions was seen for so many microseconds, one after the other. */
function aProfile(seen: readonly { functionName: string; url: string; us: number }[]) {
  return {
    startTime: 1_000,
    nodes: seen.map(({ functionName, url }, id) => ({ id, callFrame: { functionName, url, lineNumber: 9 } })),
    samples: seen.map((_, id) => id),
    timeDeltas: seen.map(({ us }) => us),
  };
}

const ALWAYS = { fromUs: 0, toUs: 1e9 };
const MODULES = 'file:///app/node_modules/.pnpm/bullmq@6.7.0/node_modules/bullmq/dist/job.js';

test('self time is summed by the package that a function belongs to, idle time left out', () => {
  const summary = summarise(
    aProfile([
      { functionName: 'add', url: MODULES, us: 300 },
      { functionName: 'accept', url: 'file:///app/packages/tasks/src/accept.ts', us: 500 },
      { functionName: 'connect', url: 'node:internal/net', us: 100 },
      { functionName: '(garbage collector)', url: '', us: 100 },
      { functionName: '(idle)', url: '', us: 9_000 },
    ]),
    ALWAYS,
  );
  expect(summary.busyMs).toBe(1);
  expect(summary.packages).toEqual([
    { name: 'packages/tasks', share: 0.5 },
    { name: 'bullmq', share: 0.3 },
    { name: 'node:internal/net', share: 0.1 },
    { name: '(garbage collector)', share: 0.1 },
  ]);
  expect(summary.functions[0]).toEqual({ name: 'accept accept.ts:10', owner: 'packages/tasks', share: 0.5 });
});

test('what lies before and after the window does not count', () => {
  const profile = aProfile([
    { functionName: 'start', url: '', us: 100 },
    { functionName: 'work', url: '', us: 100 },
    { functionName: 'end', url: '', us: 100 },
  ]);
  const { functions } = summarise(profile, { fromUs: 1_150, toUs: 1_250 });
  expect(functions.map(({ name }) => name)).toEqual(['work']);
});

test('the tables say what one accept or poll takes', () => {
  const summary = summarise(aProfile([{ functionName: 'add', url: MODULES, us: 600 }]), ALWAYS);
  expect(profileTable(summary, 3)).toContain('| bullmq  | 100.0 % | 200 us |');
});
