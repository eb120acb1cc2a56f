import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { accepted, anEvent, answers, setup, streams, succeeded } from './setup.ts';

test('the client works with the globals of the web alone', async () => {
  const { baseUrl } = await setup([accepted(), streams([anEvent(4, 'succeeded')]), answers(200, succeeded())]);
  const script = join(import.meta.dirname, 'fixtures/without-node.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--experimental-vm-modules', script, baseUrl]);
  expect(JSON.parse(stdout)).toEqual({ task: 'task_1', refused: expect.stringContaining('Missing required headers') });
});
