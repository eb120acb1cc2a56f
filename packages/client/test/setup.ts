import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type ReelayOptions, settingsOf } from '../src/options.ts';
import type { Problem, SubmitRequest, Task, TimelineEvent } from '../src/schemas.ts';
import type { Transport } from '../src/transport/call.ts';
import { realTiming } from '../src/transport/timing.ts';

/** What came, as far as the tests look at it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Answers one request; it may also break the connection, or never answer. */
export type Answer = (response: ServerResponse, request: Seen) => void;

/** An api that gives these answers in turn, and the last one for ever; and a client of it that never really sleeps. */
export async function setup(
  answers: readonly Answer[],
  { silentMs = 5_000, ...options }: Partial<ReelayOptions> & { silentMs?: number } = {},
) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = headers['content-type'] ? await json(request) : undefined;
    const one = { method, url, headers, body };
    const answer = answers[Math.min(seen.push(one), answers.length) - 1];
    answer?.(response, one);
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  onTestFinished(async () => void (await close()));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sleeps: number[] = [];
  const transport: Transport = {
    settings: settingsOf({ baseUrl, key: 'rk_test', ...options }),
    timing: {
      ...realTiming,
      random: () => 0.5,
      silentMs,
      sleep: (ms, signal) => {
        sleeps.push(ms);
        return realTiming.sleep(0, signal);
      },
    },
  };
  return { transport, baseUrl, seen, sleeps, close };
}

export function answers(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function problem(status: number, code: string, more: Partial<Problem> = {}, headers = {}): Answer {
  return answers(
    status,
    { title: 'A title', detail: 'What to do.', status, code, request_id: 'req-1', retryable: true, ...more },
    headers,
  );
}

export const accepted = (id = 'task_1'): Answer => answers(200, { output: { task_id: id }, request_id: 'req-0' });
export const reset: Answer = (response) => void response.socket?.resetAndDestroy();
export const silent: Answer = () => {};

export function aTask(more: Partial<Task> = {}): Task {
  const nothingYet = { submitted_at: null, finish_by: null, running_at: null, finished_at: null, usage: null };
  return {
    id: 'task_1',
    status: 'queued',
    model: 'openai/sora-2/text-to-video',
    caller: 'acme',
    priority: 'normal',
    metadata: {},
    webhook_url: null,
    created_at: '2026-03-01T12:00:00.000Z',
    start_by: '2026-03-02T12:00:00.000Z',
    ...nothingYet,
    urls: [],
    error: null,
    submit_attempts: 0,
    upstream_task_id: null,
    upstream_status: null,
    late_upstream_task_id: null,
    retry_of: null,
    sequence: 1,
    ...more,
  } as Task;
}

export const succeeded = (more: Partial<Task> = {}): Task =>
  aTask({ status: 'succeeded', finished_at: '2026-03-01T12:00:50.000Z', urls: ['http://cdn/1.mp4'], ...more });

export const aRequest: SubmitRequest = { model: 'openai/sora-2/text-to-video', input: { prompt: 'A dance' } };

export function anEvent(sequence: number, status: TimelineEvent['status']): TimelineEvent {
  return { task_id: 'task_1', sequence, type: `task.${status}`, status, at: '2026-03-01T12:00:00.000Z', detail: null };
}

/** A stream with these events; it stays open unless it is told to end or to break. */
export function streams(events: readonly TimelineEvent[], then: 'end' | 'break' | 'stay' = 'stay'): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    const text = events.map(
      (event) => `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    );
    response.write(text.join(''), () => {
      if (then === 'end') response.end();
      if (then === 'break') response.socket?.resetAndDestroy();
    });
  };
}
