/** An error as ModelVerse answers it: HTTP status and the members of `error`; `retryAfterS` becomes `Retry-After`. */
export interface UpstreamError {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly retryAfterS?: number;
}

export function paramError(message: string, status = 400): UpstreamError {
  return { status, type: 'invalid_request_error', code: 'param_error', message };
}

export const missingKey: UpstreamError = {
  status: 401,
  type: 'authentication_error',
  code: 'auth_error',
  message: 'No API key: send the header Authorization with your key, alone or after the word Bearer.',
};

export const rateLimited: UpstreamError = {
  status: 429,
  type: 'rate_limit_error',
  code: 'rate_limit_error',
  message: 'Too many requests, try again after the time in Retry-After.',
  retryAfterS: 1,
};

export const internalError: UpstreamError = {
  status: 500,
  type: 'server_error',
  code: 'internal_error',
  message: 'Internal server error.',
};

export const badGateway: UpstreamError = { ...internalError, status: 502, message: 'Bad gateway.' };

export const gatewayTimeout: UpstreamError = {
  status: 504,
  type: 'server_error',
  code: 'gateway_timeout_error',
  message: 'The gateway waited too long for the model server.',
};

/** How resellers answer for a withdrawn model (modelverse.md, on Sora 2): a 400 of the family `model_error`. */
export const modelGone: UpstreamError = {
  status: 400,
  type: 'invalid_request_error',
  code: 'model_error',
  message: 'Model not found: it does not exist or is no longer offered.',
};

export const refusedPrompt: UpstreamError = {
  status: 400,
  type: 'invalid_request_error',
  code: 'sensitive_check_error',
  message: 'The prompt was refused by the content check.',
};

/** ModelVerse documents no answer for an unknown id; this one is our choice (docs/simulator.md). */
export const taskNotExist: UpstreamError = {
  status: 404,
  type: 'invalid_request_error',
  code: 'task_not_exist',
  message: 'The task does not exist.',
};

export function notFound(path: string): UpstreamError {
  return { ...taskNotExist, code: 'not_found', message: `There is nothing at ${path}.` };
}
