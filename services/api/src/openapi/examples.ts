import { type AnswerCode, ERROR_CODES, isTaskErrorCode, problem } from '@reelay/contracts';

const TASK_ID = 'task_0VCcGn8ibW4kPz7LmX2cRd';
const REQUEST_ID = '4b3b1f5e-2f0a-4a30-9c1b-0f6a1f0e7a11';
const HOOK = 'https://video.example.com/hooks/reelay';
const MODEL = 'openai/sora-2/text-to-video';
const VIDEO = 'https://cdn.example.com/1.mp4';
const [BEFORE, SENT, DONE] = ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.412Z', '2026-03-01T12:00:50.731Z'];

const attempt = {
  number: 1,
  at: DONE,
  trigger: 'scheduled',
  status: 204,
  error: null,
  duration_ms: 31,
  head: null,
  next_at: null,
};

const delivery = {
  event: 'task.succeeded',
  webhook_id: 'msg_0VCcGn8ibW4kPz7LmX2cRd_succeeded',
  state: 'delivered',
  round: 1,
  attempts: [attempt],
  next_at: null,
  created_at: DONE,
};

const keyInfo = { kid: 'k7f3a9', scopes: ['read', 'submit'], created_at: BEFORE, expires_at: null };
const callerFields = { id: 'acme', name: 'Acme', webhook_url: HOOK, limits: {}, created_at: BEFORE };
const caller = { ...callerFields, keys: [keyInfo] };
const NEW_SECRET = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

const modelSummary = {
  id: MODEL,
  title: 'Sora 2, text to video',
  modes: ['text-to-video'],
  status: 'available',
  notes: null,
  usual_duration_s: 60,
  finish_within_s: null,
  prices: [{ for: null, per: 'second', amount: 0.71, up_to: null }],
};

const text = { type: 'string', minLength: 1 };
const seconds = { type: 'integer', enum: [4, 8, 12] };
const model = {
  ...modelSummary,
  task_id_parameter: null,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['input'],
    properties: {
      input: { type: 'object', additionalProperties: false, required: ['prompt'], properties: { prompt: text } },
      parameters: { type: 'object', additionalProperties: false, properties: { duration: seconds } },
    },
  },
  examples: [{ title: 'Text to video', input: { prompt: 'A beautiful girl is dancing' }, parameters: { duration: 4 } }],
};

/**
 * An example of each body and answer whose schema has none of its own and that is no list, by the name of the component. A test holds them to
 * their schemas.
 */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  SubmitRequest: {
    model: MODEL,
    input: { prompt: 'A beautiful girl is dancing' },
    parameters: { size: '720x1280', duration: 4 },
    webhook_url: HOOK,
    metadata: { order: '4711' },
  },
  SubmitAnswer: { output: { task_id: TASK_ID }, request_id: REQUEST_ID },
  StatusAnswer: {
    output: {
      task_id: TASK_ID,
      task_status: 'Success',
      urls: [VIDEO],
      submit_time: 1772366400,
      finish_time: 1772366450,
    },
    usage: { duration: 4 },
    request_id: REQUEST_ID,
  },
  Model: model,
  ModelSummary: modelSummary,
  Webhook: { url: HOOK, disabled_at: null, old_secret_until: null },
  ChangeWebhook: { url: HOOK },
  RotateSecret: { force: false },
  RotatedSecret: { webhook_secret: NEW_SECRET, old_secret_until: '2026-03-02T12:00:00.000Z' },
  NoFields: {},
  WebhookTest: { id: 'msg_test_0VCcGn8ibW4kPz7LmX2cRd', delivered: true, attempt },
  WebhookDelivery: delivery,
  Redeliver: { event: 'task.succeeded' },
  RecoverWebhooks: { since: BEFORE, until: DONE },
  RecoveredWebhooks: { count: 12, more: false },
  CreateCaller: { id: 'acme', name: 'Acme', webhook_url: HOOK, limits: { requests_per_minute: 600 } },
  ChangeCaller: { limits: { requests_per_minute: 1200, queued_tasks: 1000 } },
  Caller: caller,
  NewCaller: { ...callerFields, webhook_secret: NEW_SECRET },
  CreateKey: { scopes: ['read', 'submit'], expires_in: 7776000 },
  NewKey: {
    key: 'rk_k7f3a9_the-secret-part',
    kid: 'k7f3a9',
    scopes: ['read', 'submit'],
    expires_at: '2026-05-30T12:00:00.000Z',
  },
  TimelineEventList: {
    data: [
      { task_id: TASK_ID, sequence: 1, type: 'task.queued', status: 'queued', at: BEFORE, detail: null },
      { task_id: TASK_ID, sequence: 5, type: 'task.succeeded', status: 'succeeded', at: DONE, detail: null },
    ],
  },
  Health: { status: 'ready' },
  TaskEvent: {
    type: 'task.succeeded',
    timestamp: DONE,
    data: {
      id: TASK_ID,
      status: 'succeeded',
      model: MODEL,
      sequence: 4,
      created_at: BEFORE,
      submitted_at: SENT,
      finished_at: DONE,
      urls: [VIDEO],
      usage: { duration: 4 },
      error: null,
      metadata: { order: '4711' },
      retry_of: null,
    },
  },
  TestEvent: { type: 'webhook.test', timestamp: BEFORE, data: { caller: 'acme' } },
};

const answerCodes = ERROR_CODES.filter((code): code is AnswerCode => !isTaskErrorCode(code));

/** components.examples: the problem answer of each code. */
export const PROBLEM_EXAMPLES = Object.fromEntries(answerCodes.map((code) => [code, { value: problemExample(code) }]));

function problemExample(code: AnswerCode) {
  return problem(code, {
    requestId: REQUEST_ID,
    ...(code === 'invalid_request' && { errors: [{ pointer: '/input/prompt', message: 'is required.' }] }),
    ...(code === 'accept_unknown' && { taskId: TASK_ID }),
  });
}
