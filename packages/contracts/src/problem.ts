import { type Static, Type } from 'typebox';
import { type AnswerCode, ERRORS } from './error-catalogue.ts';
import { errorLink } from './error-pages.ts';

const MOST_NAMED_FIELDS = 3;
const LONGEST_MESSAGE = 600;

/** Where in the request, and what to do about it. `pointer` is a JSON pointer (RFC 6901) into the body, or a parameter's name. */
export const FieldError = Type.Object(
  {
    pointer: Type.String({ description: 'JSON pointer into the body, or the name of a parameter.' }),
    message: Type.String(),
  },
  { $id: 'FieldError' },
);
export type FieldError = Static<typeof FieldError>;

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'The page of the code, on the api that answered: `/errors/<code>`.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'One word out of the error catalogue.' }),
    request_id: Type.String(),
    retryable: Type.Boolean({ description: 'The same request may succeed later.' }),
    errors: Type.Optional(Type.Array(Type.Ref('FieldError'))),
    task_id: Type.Optional(
      Type.String({ description: 'The id to ask for, when it is not known whether the task was accepted.' }),
    ),
    error: Type.Object(
      { message: Type.String(), type: Type.String(), param: Type.String(), code: Type.String() },
      { description: "The same, in the upstream's shape, for clients written for it." },
    ),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details.' },
);
export type Problem = Static<typeof Problem> & { errors?: FieldError[] };

/** Builds the one shape that every error answer has. `detail` is a plain sentence; it never holds a key or a prompt. */
export function problem(
  code: AnswerCode,
  about: { detail?: string; requestId: string; errors?: FieldError[]; taskId?: string; retryable?: boolean },
): Problem {
  const kind = ERRORS[code];
  const detail = about.detail ?? kind.action;
  return {
    type: errorLink(code),
    title: kind.title,
    status: kind.http,
    detail,
    code,
    request_id: about.requestId,
    retryable: about.retryable ?? kind.retryable,
    ...(about.errors ? { errors: about.errors } : {}),
    ...(about.taskId ? { task_id: about.taskId } : {}),
    error: { message: upstreamMessage(detail, about.errors), type: kind.upstreamType, param: about.requestId, code },
  };
}

/** Clients of the upstream read nothing but this message, so it names the first fields too. */
function upstreamMessage(detail: string, errors: readonly FieldError[] = []): string {
  if (errors.length === 0) return detail;
  const named = errors.slice(0, MOST_NAMED_FIELDS).map(({ pointer, message }) => `${pointer || 'the body'} ${message}`);
  const more = errors.length > named.length ? ` And ${errors.length - named.length} more.` : '';
  return shortened(`${detail} ${named.join(' ')}`) + more;
}

/** Cut between words where that costs less than half, and seen to be. */
function shortened(text: string): string {
  if (text.length <= LONGEST_MESSAGE) return text;
  const space = text.lastIndexOf(' ', LONGEST_MESSAGE - 2);
  return `${text.slice(0, space > LONGEST_MESSAGE / 2 ? space : LONGEST_MESSAGE - 2)} …`;
}
