import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const SOURCE = new URL('../src/index.ts', import.meta.url).href;

/** What a process writes to standard output when it runs `statements` with a logger `log`. */
async function linesOf(statements: string, level = 'info') {
  const program = `
    import { createLogger } from ${JSON.stringify(SOURCE)};
    const log = createLogger({ service: 'api', level: ${JSON.stringify(level)} });
    ${statements}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  return output;
}

test.concurrent('a line is one JSON object that says when, how grave and which process', async ({ expect }) => {
  const line = JSON.parse(await linesOf("log.debug({}, 'quiet'); log.warn({ task: 't' }, 'loud');"));
  expect(line).toMatchObject({ level: 'warn', service: 'api', task: 't', msg: 'loud' });
  expect(new Date(line.time).toISOString()).toBe(line.time);
  expect(line.pid).toBeGreaterThan(0);
});

test.concurrent('keys, secrets, prompts and signed URLs are never logged', async ({ expect }) => {
  const fields = {
    authorization: 'HIDE',
    headers: { authorization: 'HIDE' },
    req: { headers: { authorization: 'HIDE' } },
    apiKey: 'HIDE',
    adminKey: 'HIDE',
    secretKey: 'HIDE',
    webhook_secret: 'HIDE',
    prompt: 'HIDE',
    input: { prompt: 'HIDE' },
    payload: { input: 'HIDE' },
    urls: ['HIDE'],
  };
  const output = await linesOf(`log.info(${JSON.stringify(fields)}, 'x');`);
  expect(output).toContain('[redacted]');
  expect(output).not.toContain('HIDE');
});

test.concurrent('what is logged last before an exit is written, and in its order', async ({ expect }) => {
  const output = await linesOf('for (let i = 0; i < 200; i++) log.info({}, String(i)); process.exit(1);');
  const words = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).msg);
  expect(words).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
});

test.concurrent('a warning is out at once, with what was logged before it', async ({ expect }) => {
  const output = await linesOf(`
    log.info({}, 'before');
    log.warn({}, 'paid');
    log.info({}, 'after');
    process.kill(process.pid, 'SIGKILL');`);
  const words = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).msg);
  expect(words).toEqual(['before', 'paid']);
});

test.concurrent('what is logged while the process ends is written', async ({ expect }) => {
  const output = await linesOf(`
    process.once('exit', () => log.info({}, 'last words'));
    log.info({}, 'ending');
    process.exit(1);`);
  expect(output).toMatch(/ending.*last words/s);
});

test.concurrent('a line of a quiet process does not wait for the next', async ({ expect }) => {
  const output = await linesOf(`
    log.info({}, 'ready');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`);
  expect(output).toContain('ready');
});

test.concurrent('of an error its causes are told, and nothing that hangs on it', async ({ expect }) => {
  const output = await linesOf(`
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const err = Object.assign(new Error('failed', { cause }), { command: { args: ['HIDE'] } });
    log.error({ err }, 'x');`);
  expect(JSON.parse(output).err).toMatchObject({
    message: 'failed',
    cause: { message: 'refused', code: 'ECONNREFUSED' },
  });
  expect(output).not.toContain('HIDE');
});

test('a silent process writes nothing', async () => {
  expect(await linesOf("log.fatal({}, 'x');", 'silent')).toBe('');
});
