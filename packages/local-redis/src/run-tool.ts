import { execFile } from 'node:child_process';

export interface ToolResult {
  readonly ok: boolean;
  /** Standard output and standard error, at most 4 MiB. */
  readonly output: string;
}

/** Runs a program to its end, at most `withinMs`. Never rejects: a missing program is a result that is not ok. */
export function runTool(
  command: readonly [string, ...string[]],
  options: { cwd?: string; env: Readonly<Record<string, string | undefined>>; withinMs: number },
): Promise<ToolResult> {
  const [file, ...args] = command;
  const { cwd, env, withinMs } = options;
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { ...(cwd && { cwd }), env, timeout: withinMs, killSignal: 'SIGKILL', maxBuffer: 4 * 1024 ** 2 },
      (error, stdout, stderr) => resolve({ ok: !error, output: `${stdout}${stderr}` || String(error ?? '') }),
    );
  });
}
