import { EVENT_TYPES, type EventType, TASK_STATUS } from '@reelay/contracts';

const header = (name: string, description: string, schema: object = { type: 'string' }) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
});

const PARAMETERS = [
  header('webhook-id', 'The id of the event: the same in every attempt and resend. Drop what you have seen.'),
  header('webhook-timestamp', 'When this attempt was sent, in unix seconds.', { type: 'integer' }),
  header(
    'webhook-signature',
    'Space-separated `v1,<base64>`: HMAC-SHA256 over `id.timestamp.body` with your secret. During a rotation there are two.',
  ),
];

/** What a receiver may answer (Standard Webhooks 1.0.0). */
const RESPONSES = {
  '2XX': { description: 'Taken: it is not sent again.' },
  '410': { description: 'Gone: no further attempt; a default endpoint is disabled.' },
  default: { description: 'Anything else, or nothing within 15 s: sent again on the schedule.' },
};

/** The `webhooks` of the document: what a receiver is sent, by the type of the event. */
export function webhooks(): Record<string, object> {
  const events = EVENT_TYPES.map((type) => [type, { post: taskEvent(type) }]);
  return { ...Object.fromEntries(events), 'webhook.test': { post: testEvent } };
}

function taskEvent(type: EventType) {
  const status = type.slice('task.'.length) as keyof typeof TASK_STATUS;
  return {
    operationId: `on${pascal(type)}`,
    tags: ['webhooks'],
    summary: `A task is ${status}`,
    description: TASK_STATUS[status],
    ...call('TaskEvent'),
  };
}

const testEvent = {
  operationId: 'onWebhookTest',
  tags: ['webhooks'],
  summary: 'A test that you asked for',
  ...call('TestEvent'),
};

function call(schema: 'TaskEvent' | 'TestEvent') {
  return {
    security: [],
    parameters: PARAMETERS,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    },
    responses: RESPONSES,
  };
}

function pascal(type: string): string {
  return type.replace(/(^|\.)([a-z])/g, (_all, _dot, letter: string) => letter.toUpperCase());
}
