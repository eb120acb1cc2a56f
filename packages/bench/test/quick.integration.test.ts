import { expect, test } from 'vitest';
import { FULL, lineNamed, QUICK, reportOf, runBench, tableOf } from '../src/index.ts';

// The short form of `npm run bench`: it shows that the bench works, not how fast anything is.

test('a short bench accounts for every task and has its figures for both systems', async () => {
  const options = { ...FULL, ...QUICK, parts: ['load'] as const };
  const report = reportOf(await runBench(options, () => {}), options);

  expect(report.pairs.map(({ reelay, baseline }) => [reelay.load?.books, baseline.load?.books])).toEqual([
    [aBalancedBook(100), aBalancedBook(100)],
  ]);
  expect(report.booksBalance).toBe(true);
  expect(lineNamed(report, 'polls per task')).toMatchObject({ baseline: 2, reelay: 2, ratio: 1 });
  for (const line of report.lines) {
    expect(line.ratio, line.name).toBeGreaterThan(0);
    expect(Number.isFinite(line.ratio), line.name).toBe(true);
  }
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({ lines: report.lines, options });
  expect(tableOf(report)).toMatch(/^accepts \(\/s\) .*\n.*accept p50/m);
}, 90_000);

function aBalancedBook(tasks: number) {
  const all = { accepted: tasks, submits: tasks, seen: tasks, webhooks: tasks, received: tasks };
  return { ...all, submittedTwice: 0 };
}
