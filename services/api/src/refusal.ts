import { type AnswerCode, ERRORS, type FieldError } from '@reelay/contracts';

/** What an error answer says beside its code; nothing of it may hold a key or a prompt. */
export interface RefusalDetails {
  /** A plain sentence; default: what the catalogue says to do. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** The id to ask for, when it is not known whether the task was accepted. */
  readonly taskId?: string;
  /** When it is not as the catalogue says: this request is not to be repeated as it is. */
  readonly retryable?: false;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly cause?: unknown;
}

/** Thrown wherever a request is to end with a code of the error catalogue; the error handler answers it. */
export class Refusal extends Error {
  readonly answerCode: AnswerCode;
  readonly details: RefusalDetails;

  constructor(answerCode: AnswerCode, details: RefusalDetails = {}) {
    super(details.detail ?? ERRORS[answerCode].title, { cause: details.cause });
    this.name = 'Refusal';
    this.answerCode = answerCode;
    this.details = details;
  }
}

/** 401 with the scheme to use (RFC 9110, section 11.6.1). */
export function unauthorized(): Refusal {
  return new Refusal('unauthorized', { headers: { 'www-authenticate': 'Bearer' } });
}

/** 422 for fields that are well formed for JSON and wrong for us. */
export function invalidRequest(errors: readonly FieldError[]): Refusal {
  return new Refusal('invalid_request', { errors });
}
