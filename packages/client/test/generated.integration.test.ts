import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');
const run = promisify(execFile);

test('src/generated.ts is what the generator makes of openapi.json today', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-types-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { scripts } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  const command = scripts.generate.replace('src/generated.ts', join(folder, 'generated.ts'));
  await run('sh', ['-c', `node_modules/.bin/${command}`], { cwd: PACKAGE });
  const [now, committed] = await Promise.all(
    [join(folder, 'generated.ts'), join(PACKAGE, 'src/generated.ts')].map((file) => readFile(file, 'utf8')),
  );
  expect(now === committed, 'openapi.json has changed: run `npm run generate` in packages/client').toBe(true);
});

test('the client compiles where there is no Node', async () => {
  const tsc = join(PACKAGE, '../../node_modules/.bin/tsc');
  const { stdout } = await run(tsc, ['--project', 'tsconfig.edge.json'], { cwd: PACKAGE });
  expect(stdout).toBe('');
});
