import type { TaskStatus } from '@reelay/contracts';

/** A caller with one key for reading and submitting, made through the admin endpoints as an operator would. */
export async function createCaller(
  apiUrl: string,
  adminKey: string,
  id: string,
): Promise<{ key: string; webhookSecret: string }> {
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${apiUrl}${path}`, {
      method: 'POST',
      headers: { authorization: adminKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  const caller = await post('/v1/admin/callers', { id });
  const key = await post(`/v1/admin/callers/${id}/keys`, { scopes: ['read', 'submit'] });
  return { key: String(key['key']), webhookSecret: String(caller['webhook_secret']) };
}

/** How a submit ended for its client: the first of the three ledgers. */
export type Told =
  | { outcome: 'accepted'; taskId: string; replayed: boolean }
  | { outcome: 'accept_unknown'; taskId: string }
  | { outcome: 'unavailable' }
  | { outcome: 'refused'; status: number; code: string }
  | { outcome: 'no_answer' };

export interface SubmitOptions {
  readonly prompt: string;
  readonly webhookUrl?: string;
  readonly idempotencyKey?: string;
  /** Further members of the body. */
  readonly more?: object;
  readonly timeoutMs?: number;
}

/** Submits one task as a client would, and says what the client was told. Never rejects. */
export async function submitTask(to: { apiUrl: string; key: string }, options: SubmitOptions): Promise<Told> {
  const { prompt, webhookUrl, idempotencyKey, more, timeoutMs = 10_000 } = options;
  try {
    const answer = await fetch(`${to.apiUrl}/v1/tasks/submit`, {
      method: 'POST',
      headers: {
        authorization: to.key,
        'content-type': 'application/json',
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify({
        model: 'openai/sora-2/text-to-video',
        input: { prompt },
        ...(webhookUrl && { webhook_url: webhookUrl }),
        ...more,
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return toldBy(answer.status, answer.headers, (await answer.json()) as Record<string, unknown>);
  } catch {
    return { outcome: 'no_answer' };
  }
}

function toldBy(status: number, headers: Headers, body: Record<string, unknown>): Told {
  if (status === 200) {
    const { task_id } = body['output'] as { task_id: string };
    return { outcome: 'accepted', taskId: task_id, replayed: headers.get('idempotency-replayed') === 'true' };
  }
  const code = String(body['code']);
  if (code === 'accept_unknown') return { outcome: 'accept_unknown', taskId: String(body['task_id']) };
  if (code === 'unavailable' || code === 'overloaded') return { outcome: 'unavailable' };
  return { outcome: 'refused', status, code };
}

/** A task as its caller sees it. */
export interface SeenTask {
  readonly id: string;
  readonly status: TaskStatus;
  readonly error: { code: string; billed: string } | null;
  readonly upstream_task_id: string | null;
  readonly late_upstream_task_id: string | null;
  readonly finished_at: string | null;
  readonly submit_attempts: number;
  readonly webhook_url: string | null;
  readonly urls: readonly string[];
}

/** Undefined when there is no such task. Rejects when the api gives no answer, or another one. */
export async function getTask(to: { apiUrl: string; key: string }, id: string): Promise<SeenTask | undefined> {
  const answer = await fetch(`${to.apiUrl}/v1/tasks/${id}`, {
    headers: { authorization: to.key },
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`GET /v1/tasks/${id} answered ${answer.status}`);
  return (await answer.json()) as SeenTask;
}
