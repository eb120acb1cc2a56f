import type { Operation } from './shape.ts';

const text = (description: string) => ({ description, schema: { type: 'string' } });

/** components.headers: what answers carry beside their body. */
export const HEADERS = {
  'X-Request-Id': text('The id of the request, as in the log of Reelay: yours, or one made for it.'),
  'Retry-After': {
    description: 'Seconds after which the request may be sent again.',
    schema: { type: 'integer', minimum: 0 },
  },
  'Idempotency-Replayed': {
    description: '`true`: the Idempotency-Key had made this task before. Absent otherwise.',
    schema: { type: 'string', enum: ['true'] },
  },
  RateLimit: text('What is left of the request rate, e.g. `"caller";r=59;t=60`. Absent when the caller has no limit.'),
  'RateLimit-Policy': text('The request rate itself, e.g. `"caller";q=60;w=60`. Absent when the caller has no limit.'),
} as const;

/** components.parameters that every operation with a key takes. */
export const PARAMETERS = {
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description: 'Your own id of the request: 1 to 128 of A-Z a-z 0-9 . _ -. It comes back, and stands in the log.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
} as const;

export const REQUEST_ID = { $ref: '#/components/parameters/RequestId' };

type HeaderName = keyof typeof HEADERS;

/** The header fields of an answer, by its status. */
export function headersOf(operation: Operation, status: string): Record<string, object> {
  const names: HeaderName[] = ['X-Request-Id'];
  if (status === '429' || status === '503') names.push('Retry-After');
  if (isLimited(operation) && (status.startsWith('2') || status === '429')) names.push('RateLimit', 'RateLimit-Policy');
  if (status.startsWith('2') && takesIdempotencyKey(operation)) names.push('Idempotency-Replayed');
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function isLimited({ security = [] }: Operation): boolean {
  return security.length > 0;
}

function takesIdempotencyKey({ parameters = [] }: Operation): boolean {
  return parameters.some((parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key');
}
