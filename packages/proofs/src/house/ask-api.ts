import type { WebhookDelivery, WebhookDeliveryList } from '@reelay/contracts';
import type { Client } from './callers.ts';

/** Any request of a caller, e.g. `askApi(house, 'PUT /v1/webhook', { url })`. Rejects without an answer. */
export async function askApi<T>(
  { apiUrl, key }: Pick<Client, 'apiUrl' | 'key'>,
  request: `${'GET' | 'POST' | 'PUT'} /${string}`,
  body?: object,
): Promise<{ status: number; body: T }> {
  const [method = 'GET', path = ''] = request.split(' ');
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: key, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}

/** The events of a task with the log of their attempts, as its caller is shown them. */
export async function readDeliveries(client: Pick<Client, 'apiUrl' | 'key'>, task: string): Promise<WebhookDelivery[]> {
  const { status, body } = await askApi<WebhookDeliveryList>(client, `GET /v1/tasks/${task}/deliveries`);
  if (status !== 200) throw new Error(`The deliveries of ${task} were answered ${status}`);
  return body.data;
}

/** The one event of a task that asked for the final ones alone. */
export async function readDelivery(client: Pick<Client, 'apiUrl' | 'key'>, task: string): Promise<WebhookDelivery> {
  const [delivery] = await readDeliveries(client, task);
  if (!delivery) throw new Error(`${task} has no delivery`);
  return delivery;
}

/** What each attempt came to: the status that was answered, or why there was none. */
export function outcomesOf({ attempts }: WebhookDelivery): (number | string)[] {
  return attempts.map(({ status, error }) => status ?? error ?? 'neither');
}
