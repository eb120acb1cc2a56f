import { carries } from './scenarios.ts';
import type { TaskFacts } from './task-id.ts';

const PENDING_SHARE = 0.15;
const WEIRD_FROM = 0.3;
const WEIRD_TO = 0.7;

/** What ModelVerse says about a task at one moment; a final one has its end in unix milliseconds. */
export type TaskState =
  | { readonly final: false; readonly word: 'Pending' | 'Running' | 'Reticulating' }
  | { readonly final: true; readonly finishedAt: number; readonly end: Ending };

type Ending =
  | { readonly word: 'Success'; readonly hasUrls: boolean }
  | { readonly word: 'Failure' | 'Expired' | 'Cancelled'; readonly errorMessage: string };

/** The state of a task at `now` (unix milliseconds), from nothing but what its id carries. */
export function stateAt(task: TaskFacts, now: number): TaskState {
  const done = (now - task.submittedAt) / task.durationMs;
  if (done >= 1) return { final: true, finishedAt: task.submittedAt + task.durationMs, end: endOf(task.statusBits) };
  if (done < PENDING_SHARE) return { final: false, word: 'Pending' };
  const weird = carries(task.statusBits, 'weird-status') && done >= WEIRD_FROM && done < WEIRD_TO;
  return { final: false, word: weird ? 'Reticulating' : 'Running' };
}

function endOf(bits: number): Ending {
  if (carries(bits, 'fail'))
    return { word: 'Failure', errorMessage: 'Generation failed, as the prompt asked: [fail].' };
  if (carries(bits, 'expired')) return { word: 'Expired', errorMessage: 'The task expired before it was generated.' };
  if (carries(bits, 'cancelled')) return { word: 'Cancelled', errorMessage: 'The task was cancelled.' };
  return { word: 'Success', hasUrls: !carries(bits, 'no-urls') };
}
