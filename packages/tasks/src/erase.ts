import { ERRORS, isTaskErrorCode, type TaskError } from '@reelay/contracts';
import type { Commit } from './group-commit.ts';
import { replyOf } from './reply.ts';
import { SCRIPTS } from './scripts.ts';
import type { FinalTask, TaskResult } from './task.ts';

/** `pending`: an event of it is still to be delivered; `missing`: its retention has ended. */
export type EraseOutcome = 'ok' | 'pending' | 'missing';

/**
 * Erases what a final task holds of its caller: input, urls, the error's text, metadata, address, timeline, answers of
 * receivers. Its ids, state, code and times stay until its retention ends. Bears being repeated.
 */
export async function eraseTask(commit: Commit, task: FinalTask): Promise<EraseOutcome> {
  const raw = await commit({
    script: SCRIPTS.erase,
    task: task.id,
    args: [
      task.status === 'succeeded' ? JSON.stringify(withoutUrls(task.result)) : '',
      task.status === 'succeeded' ? '' : JSON.stringify(withoutText(task.error)),
    ],
  });
  const { word } = replyOf('erase', raw, ['ok', 'open', 'pending', 'missing']);
  if (word === 'open') throw new Error(`${task.id} was read as final and is open`); // P4: a final state never changes
  return word;
}

/** What the upstream counted tells what was paid for. */
function withoutUrls({ usage, finishTime }: TaskResult): TaskResult {
  return { urls: [], usage, finishTime };
}

/** The message may be the upstream's and repeat the prompt; the code's own title stands in for it. */
function withoutText(error: TaskError): TaskError {
  return { ...error, message: isTaskErrorCode(error.code) ? ERRORS[error.code].title : 'The text was erased.' };
}
