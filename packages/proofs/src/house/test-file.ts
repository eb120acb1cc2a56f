import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Proof, show } from '../proof.ts';

const ROOT = join(import.meta.dirname, '../../../..');

/** A proof that stands as tests in `npm test` already: runs those files alone, with more runs where `env` asks for it. */
export function testFiles(title: string, files: readonly string[], env: Readonly<Record<string, string>> = {}): Proof {
  return {
    title,
    async run(say) {
      const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
      const child = spawn(process.execPath, [vitest, 'run', '--reporter=json', ...files], {
        cwd: ROOT,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const code = await new Promise<number | null>((ended) => void child.once('close', ended));
      const report = JSON.parse(text.slice(text.indexOf('{'))) as Report;
      for (const file of report.testResults) {
        for (const test of file.assertionResults) say(`${test.status}: ${test.title}`);
      }
      const figures = {
        files: report.testResults.length,
        passed: report.numPassedTests,
        failed: report.numFailedTests,
      };
      return show(figures, {
        'all of them pass': code === 0 && report.numFailedTests === 0 && report.numPassedTests > 0,
      });
    },
  };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}
