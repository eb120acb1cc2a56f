import { type AskedScenarios, readScenarios } from './scenarios.ts';

const LONGEST_TEXT = 4_096;

/** A submit as it came; a bad one has a sentence that says what is wrong, and the model if that could be read. */
export type SubmitBody = {
  readonly model: string | undefined;
  readonly marker: string | undefined;
} & (
  | { readonly kind: 'good'; readonly asked: AskedScenarios }
  | { readonly kind: 'bad'; readonly problem: string; readonly isJson: boolean }
);

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads `{model, input, parameters?}`; every model name is known here, the catalogue is the client's concern. */
export function readSubmitBody(raw: Buffer): SubmitBody {
  const body = parseJson(raw);
  if (!isObject(body)) {
    const problem = 'The request body must be a JSON object.';
    return { kind: 'bad', problem, isJson: body !== undefined, model: undefined, marker: undefined };
  }
  const model = typeof body['model'] === 'string' ? body['model'].slice(0, 200) : undefined;
  const text = isObject(body['input']) ? promptText(body['input']) : '';
  const marker = markerIn(text);
  try {
    const problem = problemOf(body);
    if (problem) return { kind: 'bad', problem, isJson: true, model, marker };
    return { kind: 'good', asked: readScenarios(text), model, marker };
  } catch (error) {
    return { kind: 'bad', problem: (error as Error).message, isJson: true, model, marker };
  }
}

function problemOf({ model, input, parameters }: JsonObject): string | undefined {
  if (typeof model !== 'string' || model === '') return 'The field model is required.';
  if (!isObject(input)) return 'The field input is required and must be an object.';
  if (parameters !== undefined && !isObject(parameters)) return 'The field parameters must be an object.';
  const { prompt } = input;
  if (prompt !== undefined && typeof prompt !== 'string') return 'The field input.prompt must be a string.';
  // Models that start from images or other media need no prompt; a text-to-video model has nothing else.
  const needsPrompt = /text-to-video|t2v/i.test(model) || Object.keys(input).length === 0;
  if (prompt === '' || (prompt === undefined && needsPrompt)) return 'The field input.prompt is required.';
  return undefined;
}

/** The prompt; for models without one, the JSON of the input less its long strings (media in base64). */
function promptText(input: JsonObject): string {
  if (typeof input['prompt'] === 'string') return input['prompt'];
  return JSON.stringify(input, (_key, value) =>
    typeof value === 'string' && value.length > LONGEST_TEXT ? '' : value,
  ).slice(0, 16 * LONGEST_TEXT);
}

function markerIn(text: string): string | undefined {
  const marker = /\{\{([^{}]{1,64})\}\}/.exec(text)?.[1];
  // A copy: the match alone would keep the whole prompt in memory as long as the ledger keeps the marker.
  return marker === undefined ? undefined : Buffer.from(marker).toString();
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
