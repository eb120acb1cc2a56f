import { createSimulator, type SimulatorOptions } from '../src/app.ts';

export const KEY = 'a-key';

/** A listening simulator on a clock that stands still until it is moved, and the two calls against it. */
export async function startSimulator(options: SimulatorOptions = {}) {
  const clock = { at: 1_800_000_000_000, now: () => clock.at };
  const app = createSimulator({ medianMs: 1_000, sigma: 0, clock, ...options });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const headers = { authorization: KEY, 'content-type': 'application/json' };
  const post = (body: unknown, init: RequestInit = {}) =>
    fetch(`${url}/v1/tasks/submit`, { method: 'POST', headers, body: JSON.stringify(body), ...init });
  const submit = (prompt: string, init: RequestInit = {}) => post(aBody(prompt), init);
  const status = (taskId: string) => fetch(`${url}/v1/tasks/status?task_id=${taskId}`, { headers });
  return {
    url,
    clock,
    post,
    submit,
    status,
    /** The id of a new task. */
    create: async (prompt: string): Promise<string> => (await json(await submit(prompt))).output.task_id,
    statusOf: async (taskId: string) => json(await status(taskId)),
    ledger: async (query = '') => json(await fetch(`${url}/_sim/ledger${query}`)),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

export function aBody(prompt: string) {
  return {
    model: 'openai/sora-2/text-to-video',
    input: { prompt },
    parameters: { size: '720x1280', duration: 4 },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests read the wire as a stranger would and assert on what is there.
export async function json(response: Response): Promise<any> {
  return response.json();
}
