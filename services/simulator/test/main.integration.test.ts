import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** main.ts as a process of its own, killed at the test's end if it still runs. */
function run(env: Record<string, string>, start: 'spawn' | 'fork' = 'spawn') {
  const options = { env: { ...process.env, SIMULATOR_PORT: '0', ...env }, stdio: 'pipe' as const };
  const child =
    start === 'spawn'
      ? spawn(process.execPath, [MAIN], options)
      : fork(MAIN, { ...options, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, exit: once(child, 'exit') };
}

async function readyLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line);
    if (entry.msg === 'ready') return entry;
  }
  throw new Error('the simulator ended without being ready');
}

async function errorText(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('no standard error');
  return text(child.stderr);
}

test('says ready with its url, answers there, and SIGTERM ends it with 0 even while an answer stalls', async () => {
  const { child, exit } = run({});
  const { url, service } = await readyLine(child);
  expect(service).toBe('simulator');
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const body = JSON.stringify({ model: 'm', input: { prompt: '[stall]' } });
  const stalled = fetch(`${url}/v1/tasks/submit`, { method: 'POST', headers: { authorization: 'k' }, body });
  const failed = expect(stalled).rejects.toThrow();
  const summary = async () => (await fetch(`${url}/_sim/ledger/summary`)).json();
  await expect.poll(summary).toMatchObject({ submits: 1 });
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  await failed;
});

test('bad settings are told together, exit 78', async () => {
  const { child, exit } = run({ SIMULATOR_MEDIAN: 'soon', SIMULATOR_SEED: 'x' });
  const [told, [code]] = await Promise.all([errorText(child), exit]);
  expect(code).toBe(78);
  expect(told.trim().split('\n')).toEqual([
    expect.stringMatching(/^SIMULATOR_SEED must be /),
    expect.stringMatching(/^SIMULATOR_MEDIAN must be /),
  ]);
});

test('a taken port is one plain sentence, exit 1', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { child, exit } = run({ SIMULATOR_PORT: String(port) });
  const [told, [code]] = await Promise.all([errorText(child), exit]);
  expect(code).toBe(1);
  expect(told).toBe(
    `Port ${port} on 127.0.0.1 is taken: stop the program that uses it, or set SIMULATOR_PORT to a free port.\n`,
  );
});

test('ends itself when its parent’s end of the channel closes', async () => {
  const { child, exit } = run({}, 'fork');
  await readyLine(child);
  child.disconnect();
  expect(await exit).toEqual([0, null]);
});

test('prompts and keys are in no log line', async () => {
  const { child, exit } = run({ LOG_LEVEL: 'trace' });
  let logged = '';
  child.stdout?.on('data', (chunk) => {
    logged += chunk;
  });
  const { url } = await readyLine(child);
  const body = JSON.stringify({ model: 'm', input: { prompt: 'a secret dog' } });
  await fetch(`${url}/v1/tasks/submit`, { method: 'POST', headers: { authorization: 'secret-key' }, body });
  await fetch(`${url}/v1/tasks/submit`, {
    method: 'POST',
    headers: { authorization: 'secret-key' },
    body: '{"secret"',
  });
  child.kill('SIGTERM');
  await exit;
  expect(logged).toContain('ready');
  expect(logged).not.toMatch(/secret/);
});
