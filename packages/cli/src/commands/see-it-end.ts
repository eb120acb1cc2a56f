import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FinalTask, type Reelay, type SucceededTask, TaskFailedError } from '@reelay/client';
import { saveTo } from '@reelay/client/node';
import { UsageError } from '../exit-code.ts';
import type { Io } from '../io.ts';
import type { Run } from '../settings.ts';
import { type LiveLine, startLiveLine } from '../text/live-line.ts';

export interface EndOptions {
  /** Where the video goes. */
  readonly output?: string | undefined;
  /** How long it is waited for, in milliseconds. */
  readonly timeout?: number | undefined;
}

/** A task, as far as it is known when the wait begins. */
export interface Begun {
  readonly id: string;
  readonly model: string;
  readonly createdAtMs: number;
}

/** Before a task is paid for: throws UsageError when its video could not be written where it is to go. */
export async function requireWritable({ output }: EndOptions): Promise<void> {
  if (output === undefined) return;
  const folder = dirname(output);
  const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const mayWrite = () =>
    access(folder, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
  if (await isFolder(output)) throw new UsageError(`--output: ${output} is a folder; name a file.`);
  if (!(await isFolder(folder)) || !(await mayWrite()))
    throw new UsageError(`--output: ${folder} is no folder that can be written to.`);
}

/** Waits for a task, saves its video where that was asked for, and prints the result. Throws TaskFailedError for none. */
export async function seeItEnd(run: Run, begun: Begun, options: EndOptions): Promise<void> {
  const { io, reelay, json } = run;
  const task = await waitFor(run, begun, options.timeout);
  if (json) io.out(JSON.stringify(task));
  if (task.status !== 'succeeded') throw new TaskFailedError(task);
  if (options.output !== undefined) await save(io, reelay, task, options.output);
  else if (!json) for (const url of task.urls) io.out(url);
  if (options.output !== undefined && !json) io.out(options.output);
}

async function waitFor({ io, reelay }: Run, begun: Begun, timeout: number | undefined): Promise<FinalTask> {
  const line = startLiveLine(io, begun);
  void tellUsualTime(reelay, begun.model, line, io.signal);
  try {
    return await reelay.tasks.wait(begun.id, {
      signal: io.signal,
      onStatus: line.saw,
      ...(timeout !== undefined && { waitTimeoutMs: timeout }),
    });
  } finally {
    line.end();
  }
}

/** A comfort: without it the line has no usual time. */
async function tellUsualTime(reelay: Reelay, model: string, line: LiveLine, signal: AbortSignal): Promise<void> {
  const known = await reelay.models.get(model, { signal, maxRetries: 0 }).catch(() => undefined);
  if (known) line.usually(known.usual_duration_s * 1_000);
}

async function save(io: Io, reelay: Reelay, task: SucceededTask, path: string): Promise<void> {
  const download = await reelay.tasks.download(task, { signal: io.signal });
  const bytes = await saveTo(path, download).catch((error: Error) => {
    if (!('syscall' in error)) throw error; // the download's own, or Ctrl-C
    throw new Error(
      `${task.id} has succeeded, but ${path} could not be written: ${error.message}\nTo fetch it: reelay wait ${task.id} -o <file>`,
    );
  });
  io.err(`${task.id}: ${bytes} bytes`);
}
