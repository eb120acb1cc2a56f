import { ERRORS } from '@reelay/contracts';
import { seededRandom } from '../faults/seeded-random.ts';
import { RAW_REQUESTS } from './raw-requests.ts';
import { type ApiDocument, type FuzzOptions, type FuzzRequest, fuzzRequests } from './requests.ts';
import { createFuzzClient, type FuzzAnswer } from './send.ts';

/** A request that was not answered as the rules say. */
export interface FuzzFinding {
  readonly why: string;
  readonly request: string;
  readonly answer: string;
}

export interface FuzzResult {
  readonly requests: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How often each code was answered. */
  readonly codes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** The first 50. */
  readonly findings: readonly FuzzFinding[];
}

const ANSWERED_WITHIN_MS = 10_000;
/** It waits 20 s for what becomes of the test, as its description says. */
const PATIENT = { operation: 'post /v1/webhook/test', withinMs: 25_000 };
const AT_ONCE = 8;
const MOST_FINDINGS = 50;
/** A stack trace, or a path of ours. */
const INSIDES = /node_modules|\.ts:\d|\n\s+at .+:\d+/;

/**
 * Sends `count` requests made from the document, the same ones for the same seed, and judges every answer: no 5xx, none
 * after more than ten seconds, every 4xx a problem whose code is in the catalogue, a 422 with the place.
 */
export async function runFuzz(
  document: ApiDocument,
  about: Omit<FuzzOptions, 'random'> & { url: string; count: number; seed: number },
): Promise<FuzzResult> {
  const client = createFuzzClient(about.url);
  const requests = fuzzRequests(document, { ...about, random: seededRandom(about.seed) });
  const [statuses, codes] = [new Map<string, number>(), new Map<string, number>()];
  const findings: FuzzFinding[] = [];
  let [begun, slowestMs] = [0, 0];

  async function one(): Promise<void> {
    const request = requests.next().value;
    const startedAt = performance.now();
    try {
      const answer = await client.send(request, withinOf(request));
      count(statuses, String(answer.status));
      const { code, why } = judge(answer);
      if (code) count(codes, code);
      if (why && findings.length < MOST_FINDINGS) findings.push({ why, ...shown(request, answer.text) });
    } catch (error) {
      count(statuses, 'none');
      if (findings.length < MOST_FINDINGS) findings.push({ why: 'no answer', ...shown(request, String(error)) });
    }
    if (request.operation !== PATIENT.operation) slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }

  async function lane(): Promise<void> {
    while (begun < about.count) {
      begun += 1;
      await one();
    }
  }

  try {
    findings.push(...(await rawFindings(client)));
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    client.close();
  }
  return {
    requests: begun + RAW_REQUESTS.length,
    statuses: Object.fromEntries([...statuses].sort()),
    codes: Object.fromEntries([...codes].sort()),
    slowestMs: Math.round(slowestMs),
    findings,
  };
}

async function rawFindings({ sendBytes }: ReturnType<typeof createFuzzClient>): Promise<FuzzFinding[]> {
  const found: FuzzFinding[] = [];
  for (const bytes of RAW_REQUESTS) {
    const answer = await sendBytes(Buffer.from(bytes, 'latin1'), ANSWERED_WITHIN_MS).catch(String);
    if (answer === '' || (/^HTTP\/1\.1 [234]\d\d /.test(answer) && !INSIDES.test(answer))) continue;
    found.push({ why: 'raw bytes', request: bytes.slice(0, 200), answer: answer.slice(0, 400) });
  }
  return found;
}

function withinOf({ operation }: FuzzRequest): number {
  return operation === PATIENT.operation ? PATIENT.withinMs : ANSWERED_WITHIN_MS;
}

/** What is wrong with an answer, if anything is, and the code that it carries. */
export function judge({ status, headers, text }: FuzzAnswer): { code?: string; why?: string } {
  if (INSIDES.test(text) && status >= 400) return { why: 'an error shows its insides' };
  if (!headers['x-request-id']) return { why: 'no X-Request-Id' };
  if (status < 400) return {};
  if (!String(headers['content-type']).startsWith('application/problem+json')) return { why: 'no problem' };
  const { code, errors } = parsed(text);
  const kind = ERRORS[code as keyof typeof ERRORS];
  if (!kind || !('http' in kind) || kind.http !== status) return { code, why: `code ${code} with ${status}` };
  if (status >= 500) return { code, why: 'a 5xx' };
  const needsPlace = code === 'invalid_request' || code === 'model_unknown';
  if (needsPlace && !errors?.some(({ pointer }) => typeof pointer === 'string')) return { code, why: 'no place' };
  return { code };
}

function parsed(text: string): { code: string; errors?: { pointer?: unknown }[] } {
  try {
    return JSON.parse(text);
  } catch {
    return { code: 'no JSON' };
  }
}

function shown({ method, path, headers, body }: FuzzRequest, answer: string): { request: string; answer: string } {
  const { authorization: _hidden, ...head } = headers;
  const words = [method, path.slice(0, 300), JSON.stringify(head).slice(0, 300), body?.toString().slice(0, 600) ?? ''];
  return { request: words.join(' '), answer: answer.slice(0, 600) };
}

function count(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
