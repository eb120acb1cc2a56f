import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { codeBlocks, type Reelay as House, startReelay } from '@reelay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../src/exit-code.ts';
import { aFolder, startCli } from './setup.ts';

// Every block of docs/cli.md runs as it stands, in a shell in which npx finds this command line.

const WITHIN_MS = 25_000;
const MAIN = join(import.meta.dirname, '../src/main.ts');
const page = await readFile(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
const commands = codeBlocks(page).filter(({ language }) => language === 'sh');
const printed = codeBlocks(page).filter(({ language }) => language === 'text');

let house: House;
beforeAll(async () => {
  house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '300ms', SIMULATOR_SIGMA: '0' } });
});
afterAll(() => house?.stop());

/** Runs lines in a shell of their own, in a fresh folder. */
async function shell(lines: string) {
  const folder = await aFolder();
  await mkdir(join(folder, 'bin'));
  await writeFile(
    join(folder, 'bin/npx'),
    `#!/bin/sh\n[ "$1" = reelay ] && shift && exec "${process.execPath}" "${MAIN}" "$@"\n`,
  );
  await chmod(join(folder, 'bin/npx'), 0o755);
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter);
  const env = { PATH: path, HOME: folder, REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key };
  const child = spawn('sh', ['-ec', lines], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = () => child.exitCode === null && child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
  const timer = setTimeout(end, WITHIN_MS); // with what it runs
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, out, folder };
}

const short = commands.filter(({ text }) => !text.includes(' listen '));
test.for(short)('runs: $text', async ({ text }) => {
  const { code, out, folder } = await shell(text);
  expect(code, out).toBe(0);
  if (text.includes('-o out.mp4')) expect((await readFile(join(folder, 'out.mp4'))).length).toBeGreaterThan(100);
});

test('listen prints what the page says', async () => {
  const [listen] = commands.filter(({ text }) => text.includes(' listen '));
  expect(short).toHaveLength(commands.length - 1);
  const env = { HOME: await aFolder(), REELAY_URL: house.apiUrl, REELAY_API_KEY: house.key };
  const [, , ...args] = listen?.text.trim().split(' ') ?? [];
  const run = startCli(args, env);
  await run.says(/^Ready/);
  await startCli(['submit', 'A dance', '-m', 'openai/sora-2/text-to-video'], env).exited;
  await run.says(/task\.succeeded/);
  expect(shapeOf(run.err() + run.out())).toBe(shapeOf(printed[0]?.text ?? ''));
});

/** Without what is another each time; nobody listens on the page's port here. */
function shapeOf(text: string): string {
  return text
    .replace(/whsec_\S+/, 'secret')
    .replace(/^\d{4}-\S+Z/m, 'time')
    .replace(/task_\w+/, 'task')
    .replace(/-> .*/, '-> answer');
}

test('the exit codes are those of the program', () => {
  const rows = [...page.matchAll(/^\| (\d+) /gm)].map(([, code]) => Number(code));
  expect(rows).toEqual(Object.values(EXIT));
});
