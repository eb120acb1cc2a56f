import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { eachLine } from '@reelay/local-redis';
import { type Output, parseLogLine } from './output.ts';
import { type Ending, howItEnded, type Part } from './part.ts';
import type { PlannedProcess } from './plan.ts';

const END_WITH_PARENT = new URL('./end-with-parent.ts', import.meta.url).href;
const READY_MS = 30_000;
const LAST_LINES = 12;

/** One of our processes, run by the Node that runs us, from the root of the checkout. */
export function processPart(planned: PlannedProcess, deps: { root: string; output: Output }): Part {
  return {
    name: planned.name,
    start: (onRunning) => {
      const child = run(planned, deps.root);
      const exited = endOf(child);
      if (child.pid !== undefined) onRunning({ pid: child.pid, kill: (signal) => void child.kill(signal), exited });
      return readiness(planned.name, { child, exited, output: deps.output });
    },
  };
}

/** In a process group of its own: a Ctrl-C reaches us, and we end the processes in the right order. */
function run({ script, env }: PlannedProcess, root: string): ChildProcess {
  return spawn(process.execPath, ['--import', END_WITH_PARENT, join(root, script)], {
    cwd: root,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function readiness(
  name: string,
  { child, exited, output }: { child: ChildProcess; exited: Promise<Ending>; output: Output },
): Promise<void> {
  const last: string[] = [];
  return new Promise((resolve, reject) => {
    const take = (level: 'info' | 'error') => (text: string) => {
      if (last.push(text) > LAST_LINES) last.shift();
      output.line(name, text, level);
      if (parseLogLine(text)?.['msg'] === 'ready') finish(resolve);
    };
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    const fail = (what: string) => finish(() => reject(new Error([`${name} ${what}`, ...last].join('\n  '))));
    const timer = setTimeout(() => fail(`was not ready within ${READY_MS / 1_000} s. Its last lines:`), READY_MS);
    if (child.stdout) eachLine(child.stdout, take('info'));
    if (child.stderr) eachLine(child.stderr, take('error'));
    void exited.then((ending) => fail(`ended by ${howItEnded(ending)} before it was ready. Its last lines:`));
  });
}
