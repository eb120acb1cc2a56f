// The upstream's JSON, decoded at the edge (modelverse.md, "The two calls"): whatever is missing or of the wrong type is
// left out here, so that nothing further in has to look twice. No function throws.

const MOST_URLS = 50;
const LONGEST_URL = 4_096;
const LARGEST_USAGE = 4_096;
const LONGEST_WORD = 100;
const PRINTABLE_ID = /^[\x20-\x7e]{1,256}$/;

type JsonObject = Readonly<Record<string, unknown>>;

/** `{"error":{message,type,param,code}}`; each member can be missing, but not both message and code. */
export interface UpstreamError {
  readonly message: string;
  readonly code: string;
  readonly type: string;
}

export interface SubmitAnswer {
  readonly taskId: string | undefined;
  readonly requestId: string | undefined;
  readonly error: UpstreamError | undefined;
}

export interface StatusAnswer {
  /** The upstream's word, as it came, at most 100 characters. */
  readonly word: string | undefined;
  readonly urls: readonly string[];
  /** Unix seconds. */
  readonly submitTime: number | undefined;
  readonly finishTime: number | undefined;
  readonly usage: JsonObject | undefined;
  readonly errorMessage: string | undefined;
  readonly requestId: string | undefined;
  readonly error: UpstreamError | undefined;
}

/** Undefined when the text is not a JSON object. */
export function decodeSubmitAnswer(text: string): SubmitAnswer | undefined {
  const answer = parseObject(text);
  if (!answer) return undefined;
  const id = objectOf(answer['output'])?.['task_id'];
  return {
    taskId: taskIdOf(typeof id === 'number' ? digitsOfTaskId(text) : id),
    requestId: requestIdOf(answer),
    error: errorOf(answer['error']),
  };
}

/** Undefined when the text is not a JSON object. */
export function decodeStatusAnswer(text: string): StatusAnswer | undefined {
  const answer = parseObject(text);
  if (!answer) return undefined;
  const output = objectOf(answer['output']) ?? {};
  return {
    word: textOf(output['task_status'])?.slice(0, LONGEST_WORD),
    urls: urlsOf(output['urls']),
    submitTime: secondsOf(output['submit_time']),
    finishTime: secondsOf(output['finish_time']),
    usage: usageOf(answer['usage']),
    errorMessage: textOf(output['error_message']),
    requestId: requestIdOf(answer),
    error: errorOf(answer['error']),
  };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

// A numeric task id above 2^53 would be rounded to another task's: its digits are taken from the text. Only for a text that
// has such an id, because a reviver makes parsing several times as slow.
function digitsOfTaskId(text: string): unknown {
  const answer = objectOf(JSON.parse(text, keepLongTaskIds));
  return objectOf(answer?.['output'])?.['task_id'];
}

function keepLongTaskIds(key: string, value: unknown, context?: { source?: string }): unknown {
  return key === 'task_id' && typeof value === 'number' ? context?.source : value;
}

function taskIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && PRINTABLE_ID.test(value) && value.trim() !== '' ? value : undefined;
}

function requestIdOf(answer: JsonObject): string | undefined {
  return taskIdOf(answer['request_id']) ?? taskIdOf(objectOf(answer['error'])?.['param']);
}

function errorOf(value: unknown): UpstreamError | undefined {
  const error = objectOf(value);
  const message = textOf(error?.['message']) ?? '';
  const code = textOf(error?.['code']) ?? numberTextOf(error?.['code']) ?? '';
  return message || code ? { message, code, type: textOf(error?.['type']) ?? '' } : undefined;
}

function urlsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isWebUrl).slice(0, MOST_URLS) : [];
}

function isWebUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > LONGEST_URL) return false;
  const protocol = URL.parse(value)?.protocol;
  return protocol === 'https:' || protocol === 'http:';
}

function usageOf(value: unknown): JsonObject | undefined {
  const usage = objectOf(value);
  return usage && Buffer.byteLength(JSON.stringify(usage)) < LARGEST_USAGE ? usage : undefined;
}

function secondsOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberTextOf(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
