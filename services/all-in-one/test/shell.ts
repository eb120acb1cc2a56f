import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from './npm-start.ts';

/** A bare machine may have none: then the tests that run the documents' own curl lines are skipped, and say so. */
export const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;

/** Runs lines as a shell does, and gives what they printed. Rejects when the last of them fails. */
export async function shell(lines: string, cwd: string = ROOT): Promise<string> {
  const quiet = lines.replaceAll('curl ', 'curl --silent ');
  const env = { PATH: process.env['PATH'] };
  return (await promisify(execFile)('sh', ['-c', quiet], { cwd, env, timeout: 20_000 })).stdout;
}
