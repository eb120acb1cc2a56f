import {
  AbortedError,
  ConnectionError,
  DownloadError,
  ReelayError,
  TaskFailedError,
  WaitTimeoutError,
} from '@reelay/client';
import { CommanderError } from 'commander';

/** What the exit code says; docs/cli.md has the same list. */
export const EXIT = {
  ok: 0,
  /** The task ended without a video. */
  taskFailed: 1,
  usage: 2,
  /** The api refused, or was not reached; or the video could not be fetched. */
  api: 3,
  /** As timeout(1) has it. */
  waitTimedOut: 124,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

/** Thrown for what the user can correct on the command line. */
export class UsageError extends Error {}

/** The exit code of an error, and what is said about it; no words for what has been said already. */
export function endingOf(error: unknown): { code: number; says: string | undefined } {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? EXIT.ok : EXIT.usage, says: undefined };
  if (error instanceof UsageError) return { code: EXIT.usage, says: `${error.message}\nSee reelay --help.` };
  if (error instanceof TaskFailedError) return { code: EXIT.taskFailed, says: failed(error) };
  if (error instanceof WaitTimeoutError)
    return { code: EXIT.waitTimedOut, says: `${error.message}\n${resume(error.taskId)}` };
  if (error instanceof AbortedError) return { code: EXIT.interrupted, says: interrupted(error) };
  if (error instanceof DownloadError || error instanceof ReelayError) return { code: EXIT.api, says: refused(error) };
  return { code: EXIT.api, says: error instanceof Error ? error.message : String(error) };
}

function failed({ task, message }: TaskFailedError): string {
  const { retryable = false, billed = 'unknown' } = task.error ?? {};
  const billing = {
    no: 'It was not billed.',
    yes: 'It was billed.',
    unknown: 'It is not known whether it was billed.',
  };
  const again = retryable ? ` To try again, as a new task: reelay retry ${task.id}` : '';
  return `${message}\n${billing[billed]}${again}`;
}

function interrupted({ accepted, taskId, idempotencyKey }: AbortedError): string {
  if (taskId && accepted !== 'unknown') return `\nStopped. ${resume(taskId)}`;
  if (accepted === 'unknown') return `\nStopped. ${unknown(idempotencyKey)}`;
  return '\nStopped.';
}

const WHERE = 'Is Reelay running there? npm start runs one on this machine; --url or REELAY_URL names another.';

function refused(error: ReelayError): string {
  const hint = error instanceof ConnectionError && error.notSent ? `\n${WHERE}` : '';
  if (error.accepted !== 'unknown') return error.message + hint;
  return `${error.message}\n${unknown(error.idempotencyKey)}`;
}

function resume(taskId: string): string {
  return `The task goes on. To wait for it: reelay wait ${taskId}`;
}

function unknown(idempotencyKey: string | undefined): string {
  return `It is not known whether the task was accepted. The same command with --idempotency-key ${idempotencyKey} makes no second one.`;
}
