import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { CRASH_LABELS, crashPointFrom, NEVER_CRASH } from '../src/index.ts';

const SOURCE = new URL('../src/index.ts', import.meta.url).href;

/** A process that comes by the labels one after the other and says so; gives its words and how it ended. */
async function runPast(spec: string, labels: readonly string[]) {
  const program = `
    import { crashPointFrom } from ${JSON.stringify(SOURCE)};
    const crashPoint = crashPointFrom(${JSON.stringify(spec)});
    for (const label of ${JSON.stringify(labels)}) { crashPoint(label); console.log(label); }
    setTimeout(() => console.log('alive'), 300);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { words: output.split('\n').filter(Boolean), code, signal };
}

test.concurrent('the process is killed where the label stands, and nothing after it happens', async ({ expect }) => {
  const end = await runPast('after_claim', ['before_claim', 'after_claim', 'after_answer']);
  expect(end).toEqual({ words: ['before_claim'], code: null, signal: 'SIGKILL' });
});

test.concurrent('with @3 it lives through the first two passes', async ({ expect }) => {
  const end = await runPast('after_claim@3', [
    'after_claim',
    'after_claim',
    'before_claim',
    'after_claim',
    'after_answer',
  ]);
  expect(end).toEqual({ words: ['after_claim', 'after_claim', 'before_claim'], code: null, signal: 'SIGKILL' });
});

test.concurrent('mid_post lets the request leave first', async ({ expect }) => {
  const end = await runPast('mid_post', ['mid_post', 'after_answer']);
  expect(end).toEqual({ words: ['mid_post', 'after_answer'], code: null, signal: 'SIGKILL' });
});

test.each(['', 'nowhere', 'after_claim@', 'after_claim@0', 'after_claim@x', '@2'])('"%s" is no crash point', (spec) => {
  expect(() => crashPointFrom(spec)).toThrow(`a crash label, perhaps with @pass and !stop (got "${spec}")`);
});

test('every other process passes all of them', () => {
  for (const label of CRASH_LABELS) expect(NEVER_CRASH(label)).toBe(undefined);
});
