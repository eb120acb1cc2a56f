import { submitTask } from '@reelay/testing';
import type { Client } from './callers.ts';

export interface SteadyOptions {
  readonly perSecond: number;
  readonly prompt: string;
  /** Where the n-th task's events go. */
  webhookUrl(n: number): string;
  readonly more?: object;
}

/** Submits tasks at an even pace until it is stopped; gives the ids of those that were accepted. */
export function submitSteadily(client: Pick<Client, 'apiUrl' | 'key'>, options: SteadyOptions) {
  const asked: Promise<string | undefined>[] = [];
  const timer = setInterval(() => asked.push(submitOne(asked.length)), 1_000 / options.perSecond);

  async function submitOne(n: number): Promise<string | undefined> {
    const { prompt, more } = options;
    const told = await submitTask(client, { prompt, webhookUrl: options.webhookUrl(n), ...(more && { more }) });
    return told.outcome === 'accepted' ? told.taskId : undefined;
  }

  return {
    async stop(): Promise<string[]> {
      clearInterval(timer);
      return (await Promise.all(asked)).filter((id) => id !== undefined);
    },
  };
}
