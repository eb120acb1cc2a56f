import type { UpstreamError } from './answers.ts';

/** Why the upstream refused, in our words: codes of the error catalogue. */
export type RefusalCode =
  | 'upstream_auth'
  | 'upstream_quota'
  | 'content_refused'
  | 'model_unavailable'
  | 'upstream_refused'
  | 'upstream_misconfigured';

interface RefusalRule {
  readonly code: RefusalCode;
  readonly statuses?: readonly number[];
  /** Looked for in the error's `code`. */
  readonly word?: RegExp;
  /** Looked for in the error's `code`, `type` and `message`. */
  readonly text?: RegExp;
}

// A withdrawn model has no documented code: resellers answer 400, 403 or 404 with words like these (modelverse.md).
// "The model does not support duration 5" is about a parameter and must not match.
const MODEL_GONE =
  /model[_ -]?(not[_ -]?(found|exist|available)|unavailable|offline|retired)|\bmodel\b.{0,160}?\b((not|n't|no longer) (be )?(found|exist|available|supported\b|offered|served)|unavailable|offline|withdrawn|retired|deprecated|discontinued|shut ?down)|no such model|unknown model/is;

const QUOTA = /quota|balance|insufficient|arrears|exceed/i;

/** Read from the top; the first rule that fits decides. */
const RULES: readonly RefusalRule[] = [
  { code: 'content_refused', word: /^sensitive_check_error$/i },
  { code: 'upstream_auth', statuses: [401] },
  { code: 'model_unavailable', text: MODEL_GONE },
  { code: 'upstream_quota', statuses: [402, 403], text: QUOTA },
  { code: 'upstream_auth', statuses: [403] },
  { code: 'upstream_misconfigured', statuses: [404, 405, 415] },
];

/** The code of our error catalogue for an upstream's refusal; 3xx and a missing route are the operator's to mend. */
export function refusalOf(answer: { httpStatus: number; error: UpstreamError | undefined }): RefusalCode {
  if (answer.httpStatus < 400) return 'upstream_misconfigured';
  return RULES.find((rule) => fits(rule, answer))?.code ?? 'upstream_refused';
}

function fits(rule: RefusalRule, answer: { httpStatus: number; error: UpstreamError | undefined }): boolean {
  const { code = '', type = '', message = '' } = answer.error ?? {};
  return (
    (rule.statuses?.includes(answer.httpStatus) ?? true) &&
    (rule.word?.test(code) ?? true) &&
    (rule.text?.test(`${code} ${type} ${message}`) ?? true)
  );
}
