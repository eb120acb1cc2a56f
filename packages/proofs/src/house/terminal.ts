import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { endWithTests, eventually } from '@reelay/testing';

const run = promisify(execFile);
const [COLUMNS, ROWS] = ['160', '50'];

/** A real terminal, as a person sits before it. */
export interface Terminal {
  /** Types a line and presses Enter. */
  type(line: string): Promise<void>;
  ctrlC(): Promise<void>;
  /** What stands on the screen and above it. */
  screen(): Promise<string>;
  /** Waits until that has these words, and gives the match. */
  until(words: RegExp, withinMs?: number): Promise<RegExpExecArray>;
}

export const hasTmux = spawnSync('tmux', ['-V'], { stdio: 'ignore' }).status === 0;

/** Terminals of a tmux server of their own; `close` ends it and all that runs in it. */
export function openTerminals(about: { cwd: string; env: Readonly<Record<string, string>> }) {
  const socket = `reelay-proof-${process.pid}`;
  const tmux = async (...args: string[]) => (await run('tmux', ['-L', socket, '-f', '/dev/null', ...args])).stdout;
  let count = 0;

  async function open(): Promise<Terminal> {
    const name = `t${count++}`;
    const env = Object.entries(about.env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
    await tmux('new-session', '-d', '-s', name, '-x', COLUMNS, '-y', ROWS, '-c', about.cwd, ...env);
    if (count === 1) endWithTests({ pid: Number(await tmux('display-message', '-p', '#{pid}')) });
    const screen = () => tmux('capture-pane', '-p', '-J', '-S', '-500', '-t', name);
    return {
      screen,
      async type(line) {
        await tmux('send-keys', '-t', name, '-l', line);
        await tmux('send-keys', '-t', name, 'Enter');
      },
      ctrlC: async () => void (await tmux('send-keys', '-t', name, 'C-c')),
      until: (words, withinMs = 60_000) =>
        eventually(
          async () => {
            const text = await screen();
            const found = words.exec(text);
            if (!found) throw new Error(`The terminal does not show ${words}:\n${text.trimEnd().slice(-4_000)}`);
            return found;
          },
          { timeoutMs: withinMs, everyMs: 100 },
        ),
    };
  }
  return { open, close: async () => void (await tmux('kill-server').catch(() => {})) };
}
