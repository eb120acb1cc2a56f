import { isRunning } from '@reelay/local-redis';
import { connectPatiently } from '@reelay/redis';
import { freePort, startRedis } from '@reelay/testing';
import { test } from 'vitest';
import { isUp, pidOf, setup, words } from './setup.ts';

// Each of these waits for a limit to pass, so they wait together.

test.concurrent('a process that ends again and again is given up, and everything is stopped', async ({
  expect,
  onTestFinished,
}) => {
  const { start } = await setup(onTestFinished);
  const program = await start('api:well,worker:dies');
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(words(program).join('\n')).toMatch(/worker ended by exit code 3, and more than 5 times in a minute/);
  expect(await isRunning(pidOf(program, 'api'))).toBe(false);
});

test.concurrent('a process that does not end is killed in time, and Redis ends after it', async ({
  expect,
  onTestFinished,
}) => {
  const { redisPid, start } = await setup(onTestFinished);
  const program = await start('api:stubborn,worker:well');
  await isUp(program);
  const pids = [pidOf(program, 'api'), redisPid()];
  expect(await program.stop(10_000)).toEqual({ code: 0, signal: null });
  expect(words(program).join('\n')).toMatch(/api did not end within 8\.2 s of SIGTERM: killed/);
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
});

test.concurrent('a Redis that does not answer is one sentence that names REDIS_URL and not its password', async ({
  expect,
  onTestFinished,
}) => {
  const { start } = await setup(onTestFinished);
  const program = await start('api:well', { REDIS_URL: `redis://:hidden@127.0.0.1:${await freePort()}` });
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(words(program).join('\n')).toMatch(/did not answer within 10 s\. Check REDIS_URL/);
  expect(JSON.stringify(program.lines)).not.toContain('hidden');
});

test.concurrent('a Redis with data of another release is one sentence, and nothing is written beside it', async ({
  expect,
  onTestFinished,
}) => {
  const { start } = await setup(onTestFinished);
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.url, { warn() {}, info() {} });
  onTestFinished(() => redis.disconnect());
  await redis.zadd('{reelay}:tasks', 1, 'task_01M82FG8GAMYTNV46TV1H6B5CJ');
  const program = await start('api:well', { REDIS_URL: server.url });
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(words(program).join('\n')).toMatch(/another release of Reelay wrote .* set REELAY_DATA_DIR/);
  expect(await redis.keys('*')).toEqual(['{reelay}:tasks']);
});
