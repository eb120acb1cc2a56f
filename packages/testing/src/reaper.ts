import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process to be ended or a folder to be removed when the tests are over, however they end. */
export type Held = { readonly pid: number } | { readonly folder: string };

const REAPER = fileURLToPath(new URL('./reap.ts', import.meta.url));

let reaper: ChildProcess | undefined;

/**
 * Has a process killed or a folder removed once this test process is gone, even by SIGKILL or Ctrl-C. Call the function
 * it gives when the thing is gone already: a pid may be used again by somebody else.
 */
export function endWithTests(thing: Held): () => void {
  tell({ hold: true, thing });
  return () => tell({ hold: false, thing });
}

function tell(message: { hold: boolean; thing: Held }): void {
  reaper ??= startReaper();
  if (reaper.connected) reaper.send(message, () => {});
}

/** One per test process; it notices our end by the closed channel, and does not keep us alive. */
function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [REAPER], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  child.unref();
  child.channel?.unref();
  return child;
}
