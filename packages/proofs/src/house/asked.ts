import type { Reelay, Told } from '@reelay/testing';
import type { Sent } from './traffic.ts';

/** A submit with what HTTP said about it, for promises about status and headers. */
export interface Asked extends Sent {
  /** 0: no answer. */
  readonly status: number;
  readonly retryAfter: string | null;
}

const TIMEOUT_MS = 10_000;

/** Submits one task as {@link submitTask} does, and keeps status and `Retry-After`. Never rejects. */
async function ask(house: Reelay, marker: string, prompt: string): Promise<Asked> {
  const about = { marker, atMs: Date.now() };
  try {
    const answer = await fetch(`${house.apiUrl}/v1/tasks/submit`, {
      method: 'POST',
      headers: { authorization: house.key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'openai/sora-2/text-to-video',
        input: { prompt: `${prompt} {{${marker}}}` },
        webhook_url: `${house.simulatorUrl}/inbox/${marker}`,
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const told = toldBy(answer.status, (await answer.json()) as Answer);
    return { ...about, told, status: answer.status, retryAfter: answer.headers.get('retry-after') };
  } catch {
    return { ...about, told: { outcome: 'no_answer' }, status: 0, retryAfter: null };
  }
}

interface Answer {
  readonly output?: { task_id: string };
  readonly code?: string;
  readonly task_id?: string;
}

function toldBy(status: number, { output, code = '', task_id: taskId = '' }: Answer): Told {
  if (status === 200 && output) return { outcome: 'accepted', taskId: output.task_id, replayed: false };
  if (code === 'accept_unknown') return { outcome: 'accept_unknown', taskId };
  if (code === 'unavailable') return { outcome: 'unavailable' };
  return { outcome: 'refused', status, code };
}

/** Asks at an even pace, whatever is answered, until it is stopped. */
export function askSteadily(house: Reelay, options: { name: string; perSecond: number; prompt: string }) {
  const asked: Asked[] = [];
  const open = new Set<Promise<unknown>>();
  let n = 0;
  const timer = setInterval(() => {
    const answer = ask(house, `${options.name}-${n++}`, options.prompt).then((one) => asked.push(one));
    open.add(answer);
    void answer.finally(() => open.delete(answer));
  }, 1_000 / options.perSecond);
  return {
    asked,
    async stop(): Promise<readonly Asked[]> {
      clearInterval(timer);
      await Promise.all(open);
      return asked;
    },
  };
}

/** How a run's answers fall: each is a 200, a 503 that says when to come again, or broken. */
export function countAnswers(asked: readonly Asked[]) {
  const count = (fits: (one: Asked) => boolean) => asked.filter(fits).length;
  return {
    requests: asked.length,
    accepted: count(({ status }) => status === 200),
    unavailable: count(({ told }) => told.outcome === 'unavailable'),
    accept_unknown: count(({ told }) => told.outcome === 'accept_unknown'),
    without_retry_after: count(({ status, retryAfter }) => status === 503 && !/^[1-9]\d*$/.test(retryAfter ?? '')),
    neither_200_nor_503: count(({ status }) => status !== 200 && status !== 503),
  };
}
