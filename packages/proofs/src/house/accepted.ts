import { eventually, type SubmitOptions, submitTask } from '@reelay/testing';
import { readDelivery } from './ask-api.ts';
import type { Client } from './callers.ts';

type Asker = Pick<Client, 'apiUrl' | 'key'>;

/** Submits a task that has to be accepted; gives its id. */
export async function submitAccepted(client: Asker, options: SubmitOptions): Promise<string> {
  const told = await submitTask(client, { timeoutMs: 30_000, ...options });
  if (told.outcome !== 'accepted') throw new Error(`A submit was not accepted: ${JSON.stringify(told)}`);
  return told.taskId;
}

/** Waits until this task's only event was tried so often. */
export function untilAttempts(client: Asker, task: string, count: number): Promise<void> {
  return eventually(
    async () => {
      const { attempts } = await readDelivery(client, task);
      if (attempts.length < count) throw new Error(`${task} was tried ${attempts.length} times, not ${count}`);
    },
    { timeoutMs: 20_000, everyMs: 50 },
  );
}
