import { ERRORS, type ErrorCode } from './error-catalogue.ts';
import type { ErrorKind } from './error-kind.ts';
import type { Block } from './page.ts';
import { UNKNOWN_OUTCOMES } from './unknown-outcomes.ts';

export const ERROR_CODES: readonly ErrorCode[] = Object.keys(ERRORS) as ErrorCode[];

const UNKNOWN_PAGE = 'unknown-outcomes';

const BILLED = {
  no: 'no',
  yes: 'yes',
  unknown: 'not known: money may have been spent upstream',
} as const;

/** The page behind a name of /errors/{name}: a code, or `unknown-outcomes`. Undefined when there is none. */
export function errorPage(name: string): readonly Block[] | undefined {
  if (name === UNKNOWN_PAGE) return UNKNOWN_OUTCOMES;
  return Object.hasOwn(ERRORS, name) ? aboutCode(name as ErrorCode) : undefined;
}

/** All codes, for docs/errors.md: one heading per code. */
export function allErrors(): readonly Block[] {
  return [
    { kind: 'heading', level: 1, text: 'Errors' },
    {
      kind: 'text',
      text: 'Every code that an answer, a task’s `error` or a webhook can carry. The `type` of a problem answer, `/errors/<code>`, is a page that the api itself serves.',
    },
    {
      kind: 'list',
      items: [
        'Retryable: the same request, or a new task with the same input, may succeed later without a change.',
        'Billed: whether money was spent upstream. A task can know more than its code; its own `billed` counts.',
      ],
    },
    { kind: 'link', text: 'when the outcome is unknown', page: UNKNOWN_PAGE },
    ...ERROR_CODES.flatMap(aboutCode),
  ];
}

/** An absolute path on the api that gave the answer (RFC 9457, section 3.1.1 allows a reference): it has no public host. */
export function errorLink(code: ErrorCode): string {
  return `/errors/${code}`;
}

function aboutCode(code: ErrorCode): readonly Block[] {
  const kind: ErrorKind = ERRORS[code];
  const after: readonly Block[] = kind.unknownOutcome
    ? [{ kind: 'link', text: 'when the outcome is unknown', page: UNKNOWN_PAGE }]
    : [];
  return [
    { kind: 'heading', level: 2, text: code },
    { kind: 'text', text: `${kind.title}.` },
    {
      kind: 'list',
      items: [
        `Cause: ${kind.cause}`,
        `What to do: ${kind.action}`,
        `Retryable: ${kind.retryable ? 'yes' : 'no'}`,
        `Billed: ${BILLED[kind.billed]}`,
        kind.http === undefined ? 'Where: ends a task' : `Where: HTTP status ${kind.http}`,
      ],
    },
    ...after,
  ];
}
