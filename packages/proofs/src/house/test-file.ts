import { type Proof, show } from '../proof.ts';
import { runTests } from './run-tests.ts';

/** A proof that stands as tests in `npm test` already: runs those files alone, with more runs where `env` asks for it. */
export function testFiles(title: string, files: readonly string[], env: Readonly<Record<string, string>> = {}): Proof {
  return {
    title,
    async run(say) {
      const { passed, failed } = await runTests(files, env);
      for (const one of passed) say(`passed: ${one}`);
      for (const one of failed) say(`FAILED: ${one}`);
      const figures = { ...env, passed: passed.length, failed: failed.length };
      return show(figures, { 'all of them pass': passed.length > 0 && failed.length === 0 });
    },
  };
}
