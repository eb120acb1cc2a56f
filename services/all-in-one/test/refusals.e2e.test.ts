import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aDataFolder, processesOn, runProgram } from './npm-start.ts';

// What keeps `npm start` from starting is said in plain words, with what to do, a non-zero exit and nothing left running.

const SYSTEM_FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
const serverIsInstalled = SYSTEM_FOLDERS.some((folder) =>
  ['redis-server', 'valkey-server'].some((name) => existsSync(join(folder, name))),
);

async function refusal(dataDir: string, env: Readonly<Record<string, string>>) {
  const program = await runProgram(dataDir, env);
  const { code } = await program.exited;
  expect(processesOn(dataDir)).toEqual([]);
  return { code, text: program.text() };
}

/** No stack, no JSON, no more than `most` lines. */
function expectPlainWords(text: string, most: number): void {
  expect(text).not.toMatch(/^\s+at |Error:|^\{/m);
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(most);
}

test.for(['PORT', 'SIMULATOR_PORT'])('a taken %s is one sentence', async (name, { onTestFinished }) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const { code, text } = await refusal(await aDataFolder(onTestFinished), { [name]: String(port) });
  expect(code).toBe(1);
  expect(text).toMatch(
    new RegExp(`^Port ${port} for .* is in use by another program\\..*${name}=${port + 10} npm start`),
  );
  expectPlainWords(text, 1);
});

// With a server installed where packages put it there is nothing to refuse; packages/local-redis tests that search.
test.skipIf(serverIsInstalled)('without a redis-server it says what to install', async ({ onTestFinished }) => {
  const dataDir = await aDataFolder(onTestFinished);
  const { code, text } = await refusal(dataDir, { PATH: dataDir, HOME: dataDir });
  expect(code).toBe(1);
  expect(text).toMatch(/^No redis-server \(7\.0 or newer\) was found and none could be fetched\. Install one:/);
  expect(text).toContain('apt-get install redis-server');
  expectPlainWords(text, 6);
});

test('a bad setting is one sentence that names it', async ({ onTestFinished }) => {
  const { code, text } = await refusal(await aDataFolder(onTestFinished), { POLL_INTERVAL: 'soon' });
  expect(code).toBe(78);
  expect(text).toMatch(/^POLL_INTERVAL must be a duration .*\(got "soon"\)\.$/m);
  expectPlainWords(text, 1);
});

test('production is refused: the dev key is known to everybody', async ({ onTestFinished }) => {
  const { code, text } = await refusal(await aDataFolder(onTestFinished), { NODE_ENV: 'production' });
  expect(code).toBe(78);
  expect(text).toMatch(/^`npm start` refuses NODE_ENV=production/);
  expectPlainWords(text, 1);
});
