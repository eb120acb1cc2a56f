import type { Settings } from '../options.ts';
import { apiErrorOf } from './api-error.ts';
import { lostCall } from './lost-call.ts';
import { readText } from './read-body.ts';
import { limitTime } from './time-limit.ts';

/** A request to the api, before it is sent. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with /v1; ids in it are percent-encoded. */
  readonly path: string;
  /** Members that are undefined are left out. */
  readonly query?: object;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

export type Place = Pick<Settings, 'baseUrl' | 'key' | 'fetch'>;

/**
 * One request, one answer, no retry. Rejects with ApiError, ConnectionError, TimeoutError (after `timeoutMs`) or
 * AbortedError. That the answer has the shape `T` is the api's promise, not checked here.
 */
export async function attempt<T>(
  place: Place,
  request: ApiRequest,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Answer<T>> {
  const limit = limitTime(timeoutMs, signal);
  try {
    const response = await open(place, request, limit.signal);
    return { body: JSON.parse(await readText(response)) as T, headers: response.headers };
  } catch (cause) {
    throw lostCall(cause, { ...place, timeoutMs, limit });
  } finally {
    limit.done();
  }
}

/** Sends a request and gives the answer with its body unread. Rejects with ApiError unless it is 2xx, or as fetch does. */
export async function open(place: Place, request: ApiRequest, signal: AbortSignal): Promise<Response> {
  const { fetch, baseUrl, key } = place;
  const { method, path, query = {}, body, headers } = request;
  const set = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  const response = await fetch(`${baseUrl}${path}${search && `?${search}`}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
    redirect: 'manual', // the key goes nowhere else
    signal,
  });
  if (!response.ok) throw apiErrorOf(response, await readText(response));
  return response;
}
