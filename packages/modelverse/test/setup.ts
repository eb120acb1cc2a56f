import { onTestFinished } from 'vitest';
import { createModelverseClient, type ModelverseClient, type ModelverseTimeouts } from '../src/index.ts';
import { type Conduct, httpAnswer, listenRaw, type RawServer } from './raw-server.ts';

export const KEY = 'mv-key-0123456789';

/** A client of the address; closed when the test ends. */
export function clientOf(baseUrl: string, timeouts: ModelverseTimeouts = {}): ModelverseClient {
  const options = { account: 'default', apiKey: KEY, auth: 'raw', userAgent: 'Reelay/test' } as const;
  const client = createModelverseClient({ ...options, baseUrl, timeouts });
  onTestFinished(() => client.close());
  return client;
}

/** A raw server that does as it is told and a client of it; both closed when the test ends. */
export async function setup(
  conduct: Conduct,
  timeouts: ModelverseTimeouts = {},
): Promise<{ server: RawServer; client: ModelverseClient }> {
  const server = await listenRaw(conduct);
  onTestFinished(() => server.close());
  return { server, client: clientOf(server.url, timeouts) };
}

/** A server that gives every request this answer. */
export function answering(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Conduct {
  return { onRequest: (socket) => socket.end(httpAnswer(status, body, headers)) };
}

export function upstreamError(code: string, message = 'because'): unknown {
  return { error: { message, type: 'invalid_request_error', param: 'a1b2', code } };
}

export const SUBMISSION = {
  model: 'openai/sora-2/text-to-video',
  input: { prompt: 'A beautiful girl is dancing' },
  parameters: { size: '720x1280', duration: 4 },
};
