import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');
const WITHIN_MS = 9 * 60_000;

/** What Vitest's JSON report says, as far as it is read here. */
interface Report {
  readonly testResults: readonly { assertionResults: readonly { title: string; status: string }[] }[];
}

/** Runs test files (from the root of the checkout), and gives the titles of the tests that passed and of the others. */
export async function runTests(
  files: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ passed: string[]; failed: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-tests-'));
  try {
    const file = join(folder, 'report.json');
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--reporter=json', `--outputFile=${file}`, ...files];
    // It exits with 1 when a test fails: the report says so too.
    await new Promise((resolve) =>
      execFile(process.execPath, args, { cwd: ROOT, timeout: WITHIN_MS, env: { ...process.env, ...env } }, resolve),
    );
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    const { passed = [], failed = [] } = Object.groupBy(all, ({ status }) =>
      status === 'passed' ? 'passed' : 'failed',
    );
    return { passed: passed.map(({ title }) => title), failed: failed.map(({ title }) => title) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
