import {
  type AnswerCode,
  Caller,
  CallerList,
  ChangeCaller,
  ChangeWebhook,
  CreateCaller,
  CreateKey,
  ERRORS,
  EventData,
  FieldError,
  KeyInfo,
  Limits,
  Model,
  ModelList,
  ModelSummary,
  NewCaller,
  NewKey,
  NoFields,
  Problem,
  RecoveredWebhooks,
  RecoverWebhooks,
  Redeliver,
  RotatedSecret,
  RotateSecret,
  StatusAnswer,
  SubmitAnswer,
  SubmitRequest,
  Task,
  TaskError,
  TaskEvent,
  TaskList,
  TestEvent,
  TimelineEvent,
  TimelineEventList,
  Webhook,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookTest,
} from '@reelay/contracts';
import { Type } from 'typebox';

const Health = Type.Object({ status: Type.String() }, { $id: 'Health' });

/** Every schema that has a name: a component of the OpenAPI document, known to the validators under the same name. */
export const NAMED = {
  Caller,
  CallerList,
  ChangeCaller,
  ChangeWebhook,
  CreateCaller,
  CreateKey,
  EventData,
  FieldError,
  Health,
  KeyInfo,
  Limits,
  Model,
  ModelList,
  ModelSummary,
  NewCaller,
  NewKey,
  NoFields,
  Problem,
  RecoveredWebhooks,
  RecoverWebhooks,
  Redeliver,
  RotatedSecret,
  RotateSecret,
  StatusAnswer,
  SubmitAnswer,
  SubmitRequest,
  Task,
  TaskError,
  TaskEvent,
  TaskList,
  TestEvent,
  TimelineEvent,
  TimelineEventList,
  Webhook,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookTest,
} as const;

/** A reference to a named schema, with the type that goes with it: `named<Task>('Task')`. */
export function named<T>(name: keyof typeof NAMED) {
  return Type.Unsafe<T>({ $ref: `${name}#` });
}

/** Codes that every operation can answer with. */
const EVERYWHERE: readonly AnswerCode[] = ['bad_request', 'internal_error', 'overloaded'];
/** And every operation that needs a key. */
const WITH_KEY: readonly AnswerCode[] = ['unauthorized', 'forbidden', 'rate_limited', 'unavailable'];

/** References to components.examples (openapi/examples.ts), by code. */
function problemExamplesOf(codes: readonly AnswerCode[]) {
  return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
}

/** The error answers of a public operation, by HTTP status, told by the error catalogue. */
export function publicErrors(...codes: AnswerCode[]) {
  const byStatus = Map.groupBy(new Set([...EVERYWHERE, ...codes]), (code) => ERRORS[code].http);
  const answers = [...byStatus].map(([status, list]) => [
    status,
    {
      description: list.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
      content: { 'application/problem+json': { schema: named<Problem>('Problem'), examples: problemExamplesOf(list) } },
    },
  ]);
  return Object.fromEntries(answers);
}

/** The error answers of an operation that needs a key. */
export function keyErrors(...codes: AnswerCode[]) {
  return publicErrors(...WITH_KEY, ...codes);
}

/** The same, for an operation with a JSON body. */
export function bodyErrors(...codes: AnswerCode[]) {
  return keyErrors(
    'bad_json',
    'body_too_large',
    'unsupported_media_type',
    'invalid_request',
    'change_unknown',
    ...codes,
  );
}

/** The headers of whatever makes a task. */
export const taskHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: '1 to 255 printable ASCII characters. The same key and body give the same task.' }),
  ),
  traceparent: Type.Optional(
    Type.String({ description: 'W3C trace context; sent on to the upstream and with the webhooks.' }),
  ),
});

/** The same, for an operation that makes a task: all that accepting one can end in. */
export function acceptErrors(...codes: AnswerCode[]) {
  return bodyErrors(
    ...codes,
    'bad_idempotency_key',
    'model_unknown',
    'model_retired',
    'idempotency_key_reused',
    'queue_full',
    'accept_unknown',
  );
}
