import { parse } from '@reelay/config';
import {
  badGateway,
  gatewayTimeout,
  internalError,
  modelGone,
  rateLimited,
  refusedPrompt,
  type UpstreamError,
} from './errors.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

interface Bounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How the POST of a created task is answered: as documented, or in one of the ways in which a paid answer gets lost. */
export type SubmitAnswer = 'task-id' | 'no-id' | 'bad-json' | 'drop' | 'reset' | 'stall';

type Effect =
  /** The POST is refused and nothing is created; with `times`, only that often for the same body. */
  | { kind: 'refuse'; error: UpstreamError; times?: number }
  /** The task is created, and the POST is answered like this. */
  | { kind: 'answer'; as: SubmitAnswer }
  /** The task is created at once and the POST is answered later: by `ms`, or by the word's argument. */
  | { kind: 'answer-after'; ms: number | Bounds }
  /** The task takes this many times longer. */
  | { kind: 'slower'; factor: number }
  /** The task takes exactly the word's argument. */
  | { kind: 'takes'; ms: Bounds }
  /** Changes the status answers. The id carries it as this bit, so a bit never changes its meaning. */
  | { kind: 'status'; bit: number };

export type Scenario = Effect & { does: string };

/** Every scenario by its word in the prompt. `does` says what happens; docs/simulator.md holds the same words. */
export const scenarios = {
  fail: { kind: 'status', bit: 1 << 0, does: 'ends as `Failure` with an `error_message`' },
  expired: { kind: 'status', bit: 1 << 1, does: 'ends as `Expired`' },
  cancelled: { kind: 'status', bit: 1 << 2, does: 'ends as `Cancelled`' },
  'no-urls': { kind: 'status', bit: 1 << 3, does: 'ends as `Success` without `urls`' },
  'weird-status': {
    kind: 'status',
    bit: 1 << 4,
    does: 'says `Reticulating` in the middle of the run, then goes on to its end',
  },
  flaky: {
    kind: 'status',
    bit: 1 << 5,
    does: 'the 1st, 3rd, 5th … status answer is, in turn, a 500, a 502, broken JSON and a closed connection',
  },
  '429-status': {
    kind: 'status',
    bit: 1 << 6,
    does: 'the 1st, 3rd, 5th … status answer is 429 with `Retry-After: 1`',
  },
  forget: { kind: 'status', bit: 1 << 7, does: 'every status answer is 404 `task_not_exist`' },
  slow: { kind: 'slower', factor: 10, does: 'takes ten times longer' },
  takes: { kind: 'takes', ms: { minMs: 50, maxMs: HOUR }, does: '`[takes=3s]`: takes exactly that, 50ms to 1h' },
  '429': {
    kind: 'refuse',
    error: rateLimited,
    times: 2,
    does: 'the first two POSTs of the same body are answered 429 with `Retry-After: 1`, then it is accepted',
  },
  '500': { kind: 'refuse', error: internalError, does: 'every POST is answered 500 `internal_error`' },
  '502': { kind: 'refuse', error: badGateway, does: 'every POST is answered 502 `internal_error`' },
  '504': { kind: 'refuse', error: gatewayTimeout, does: 'every POST is answered 504 `gateway_timeout_error`' },
  'model-gone': {
    kind: 'refuse',
    error: modelGone,
    does: 'every POST is answered 400 `model_error`, "Model not found: …"',
  },
  refuse: { kind: 'refuse', error: refusedPrompt, does: 'every POST is answered 400 `sensitive_check_error`' },
  drop: { kind: 'answer', as: 'drop', does: 'creates the task and closes the connection without an answer' },
  reset: { kind: 'answer', as: 'reset', does: 'creates the task and resets the connection (RST)' },
  stall: { kind: 'answer', as: 'stall', does: 'creates the task and never answers; closes after 5 minutes' },
  'no-id': { kind: 'answer', as: 'no-id', does: 'creates the task and answers 200 without a `task_id`' },
  'bad-json': { kind: 'answer', as: 'bad-json', does: 'creates the task and answers 200 with broken JSON' },
  'slow-answer': { kind: 'answer-after', ms: 2 * SECOND, does: 'creates the task at once and answers after 2 s' },
  'answer-after': {
    kind: 'answer-after',
    ms: { minMs: 0, maxMs: 300 * SECOND },
    does: '`[answer-after=800ms]`: creates the task at once and answers after that, 0ms to 5m',
  },
} as const satisfies Record<string, Scenario>;

type StatusScenario = { [W in keyof typeof scenarios]: (typeof scenarios)[W]['kind'] extends 'status' ? W : never };

/** True when the bits of a task id carry this scenario. */
export function carries(bits: number, word: StatusScenario[keyof typeof scenarios]): boolean {
  return (bits & scenarios[word].bit) !== 0;
}

/** What a prompt asks for, all its words together. */
export interface AskedScenarios {
  refusals: { word: string; error: UpstreamError; times: number }[];
  answer: SubmitAnswer;
  answerAfterMs: number;
  /** Unset: the duration is drawn. */
  takesMs: number | undefined;
  slowdown: number;
  statusBits: number;
}

/**
 * Reads the scenario words of a text, e.g. `[takes=1s][fail]`. Other words in brackets are left alone. Throws an Error
 * with a whole sentence when a word needs an argument that is missing or out of bounds.
 */
export function readScenarios(text: string): AskedScenarios {
  const asked: AskedScenarios = {
    refusals: [],
    answer: 'task-id',
    answerAfterMs: 0,
    takesMs: undefined,
    slowdown: 1,
    statusBits: 0,
  };
  for (const [, word = '', argument] of text.matchAll(/\[([a-z0-9-]{1,20})(?:=([^\][]{0,20}))?\]/g)) {
    const scenario = scenarioOf(word);
    if (scenario) apply(asked, scenario, { word, argument });
  }
  return asked;
}

function scenarioOf(word: string): Scenario | undefined {
  return Object.hasOwn(scenarios, word) ? scenarios[word as keyof typeof scenarios] : undefined;
}

function apply(asked: AskedScenarios, scenario: Scenario, said: { word: string; argument: string | undefined }): void {
  switch (scenario.kind) {
    case 'refuse': {
      const times = scenario.times ?? Number.POSITIVE_INFINITY;
      asked.refusals.push({ word: said.word, error: scenario.error, times });
      return;
    }
    case 'answer':
      asked.answer = scenario.as;
      return;
    case 'answer-after':
      asked.answerAfterMs = typeof scenario.ms === 'number' ? scenario.ms : durationOf(said, scenario.ms);
      return;
    case 'slower':
      asked.slowdown = scenario.factor;
      return;
    case 'takes':
      asked.takesMs = durationOf(said, scenario.ms);
      return;
    case 'status':
      asked.statusBits |= scenario.bit;
      return;
    default:
      scenario satisfies never;
  }
}

function durationOf(said: { word: string; argument: string | undefined }, bounds: Bounds): number {
  try {
    return parse.duration(bounds)(said.argument ?? '');
  } catch (error) {
    throw new Error(`The scenario word [${said.word}=…] needs ${(error as Error).message}.`, { cause: error });
  }
}
