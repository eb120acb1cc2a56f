import { existsSync } from 'node:fs';
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@reelay/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

// `npm run setup` in a small checkout, with a shell script in the place of npx that notes each call.

const INSTALLS = `echo "$*" >> calls; sleep 0.2; mkdir -p node_modules/.bin; ln -sf "${process.execPath}" node_modules/.bin/node`;

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reelay-setup-'));
  await mkdir(join(root, 'packages/one'), { recursive: true });
  await copyFile(join(import.meta.dirname, '../../../setup.mjs'), join(root, 'setup.mjs'));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) await writeFile(join(root, file), '');
  for (const file of ['package.json', 'packages/one/package.json']) await writeFile(join(root, file), '{}');
  await npx(INSTALLS);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function npx(script: string): Promise<void> {
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(join(root, 'bin/npx'), `#!/bin/sh\n${script}\n`);
  await chmod(join(root, 'bin/npx'), 0o755);
}

async function setUp(path = `${join(root, 'bin')}:/usr/bin:/bin`) {
  const run = startProcess({ name: 'setup', script: join(root, 'setup.mjs'), env: { PATH: path, HOME: root } });
  const { code } = await run.exited;
  return { code, said: run.lines.map((line) => String(line['msg'])) };
}

const calls = async () => (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n');

test('it installs once with the pinned pnpm and one line, and is silent afterwards', async () => {
  expect(await setUp()).toEqual({ code: 0, said: [expect.stringMatching(/^Installing packages and Node 26/)] });
  expect(await setUp()).toEqual({ code: 0, said: [] });
  expect(await calls()).toEqual(['--yes pnpm@12.21.0 install --frozen-lockfile']);
});

test.each(['packages/one/package.json', 'pnpm-lock.yaml'])('a changed %s is installed', async (file) => {
  await setUp();
  await appendFile(join(root, file), '\n');
  await setUp();
  expect(await calls()).toHaveLength(2);
});

test('a Node that went away is installed again', async () => {
  await setUp();
  await rm(join(root, 'node_modules/.bin/node'));
  expect((await setUp()).code).toBe(0);
  expect(existsSync(join(root, 'node_modules/.bin/node'))).toBe(true);
});

test('several at once install once, also past the lock of one that was killed', async () => {
  await mkdir(join(root, '.reelay/setup.lock'), { recursive: true });
  await writeFile(join(root, '.reelay/setup.lock/pid'), '4194305'); // above every pid
  const runs = await Promise.all([setUp(), setUp(), setUp(), setUp()]);
  expect(runs.map((run) => run.code)).toEqual([0, 0, 0, 0]);
  expect(await calls()).toHaveLength(1);
});

test('a failed install is one sentence with what to do and the last lines of pnpm', async () => {
  await npx('echo "request failed, reason: getaddrinfo ENOTFOUND registry"; exit 1');
  const { code, said } = await setUp();
  expect(code).toBe(1);
  expect(said.join('\n')).toMatch(/Set-up failed: The package registry did not answer[\s\S]*ENOTFOUND registry/);
  await npx(INSTALLS);
  expect((await setUp()).code).toBe(0);
});

test('without npm it says so', async () => {
  const { code, said } = await setUp('/nonexistent');
  expect(code).toBe(1);
  expect(said.join('\n')).toContain('npx was not found: install Node.js with npm');
});
