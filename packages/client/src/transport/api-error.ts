import { ApiError } from '../errors.ts';
import type { Problem } from '../schemas.ts';

/** The error that an answer other than 2xx means. `text` is its body. */
export function apiErrorOf(response: Response, text: string): ApiError {
  const problem = problemOf(text);
  return new ApiError({
    status: response.status,
    problem,
    requestId: problem?.request_id ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(response.headers),
  });
}

function problemOf(text: string): Problem | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const isOurs = typeof body === 'object' && body !== null && 'code' in body && 'title' in body && 'detail' in body;
    return isOurs ? (body as Problem) : undefined;
  } catch {
    return undefined; // a proxy's page
  }
}

/** Seconds, as Reelay sends it, or an HTTP date, as a proxy may (RFC 9110, section 10.2.3). */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  const now = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(at) || Number.isNaN(now) ? undefined : Math.max(0, at - now);
}
