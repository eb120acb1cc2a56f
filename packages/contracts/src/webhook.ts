import { type Static, Type } from 'typebox';
import { nullable, Timestamp, word } from './schema.ts';
import { EVENT_TYPES } from './submit.ts';

const OldSecretUntil = Timestamp('While a rotation lasts: until then the old secret signs too.');

/** A caller's default endpoint: where its events go when a task names no webhook_url. */
export const Webhook = Type.Object(
  {
    url: nullable(Type.String()),
    disabled_at: nullable(Timestamp('When it answered 410: it is not called until it is set again.')),
    old_secret_until: nullable(OldSecretUntil),
  },
  { $id: 'Webhook' },
);
export type Webhook = Static<typeof Webhook>;

export const ChangeWebhook = Type.Object(
  { url: nullable(Type.String({ maxLength: 2048, description: 'null: no default endpoint.' })) },
  { $id: 'ChangeWebhook', additionalProperties: false },
);
export type ChangeWebhook = Static<typeof ChangeWebhook>;

export const RotateSecret = Type.Object(
  {
    force: Type.Optional(
      Type.Boolean({ description: 'Rotate although the last rotation is not over: its old secret ends at once.' }),
    ),
  },
  { $id: 'RotateSecret', additionalProperties: false },
);
export type RotateSecret = Static<typeof RotateSecret>;

export const RotatedSecret = Type.Object(
  { webhook_secret: Type.String({ description: 'The new secret. Shown once.' }), old_secret_until: OldSecretUntil },
  { $id: 'RotatedSecret' },
);
export type RotatedSecret = Static<typeof RotatedSecret>;

/** A closed object, for a call that takes no field. */
export const NoFields = Type.Object({}, { $id: 'NoFields', additionalProperties: false });
export type NoFields = Static<typeof NoFields>;

/** One request to a receiver, and what became of it. */
export const WebhookAttempt = Type.Object(
  {
    number: Type.Integer({ description: 'Counts from 1 in every round.' }),
    at: Timestamp('When it was sent.'),
    trigger: word(['scheduled', 'manual'], { description: 'manual: the first attempt of a resend.' }),
    status: nullable(Type.Integer({ description: 'The HTTP status that was answered.' })),
    error: nullable(
      Type.String({
        description:
          'Why there was no answer: dns, connect, tls, timeout, reset, protocol, blocked_address or no_endpoint.',
      }),
    ),
    duration_ms: Type.Integer(),
    head: nullable(Type.String({ description: "The beginning of the answer's body, at most 1 KiB." })),
    next_at: nullable(Timestamp('When the next attempt was due after this one.')),
  },
  { $id: 'WebhookAttempt' },
);
export type WebhookAttempt = Static<typeof WebhookAttempt>;

const Attempt = Type.Unsafe<WebhookAttempt>({ $ref: 'WebhookAttempt#' });

/** One event of a task on its way to its receiver. */
export const WebhookDelivery = Type.Object(
  {
    event: word(EVENT_TYPES),
    webhook_id: Type.String({ description: 'The header webhook-id: the same in every attempt and resend.' }),
    state: word(['pending', 'delivered', 'exhausted']),
    round: Type.Integer({ description: 'Rises with every resend.' }),
    attempts: Type.Array(Attempt, { description: 'Oldest first, the last 60.' }),
    next_at: nullable(Timestamp('When the next attempt is due; null when none is.')),
    created_at: Timestamp('When the event happened.'),
  },
  { $id: 'WebhookDelivery' },
);
export type WebhookDelivery = Static<typeof WebhookDelivery>;

export const WebhookDeliveryList = Type.Object(
  {
    data: Type.Array(Type.Unsafe<WebhookDelivery>({ $ref: 'WebhookDelivery#' })),
    next_cursor: nullable(Type.String()),
  },
  { $id: 'WebhookDeliveryList' },
);
export type WebhookDeliveryList = Static<typeof WebhookDeliveryList>;

export const Redeliver = Type.Object(
  { event: Type.Optional(word(EVENT_TYPES, { description: "Default: the event of the task's final state." })) },
  { $id: 'Redeliver', additionalProperties: false },
);
export type Redeliver = Static<typeof Redeliver>;

export const RecoverWebhooks = Type.Object(
  {
    since: Timestamp('Deliveries of tasks created at this time or later.'),
    until: Type.Optional(Timestamp('And at this time or earlier; default: now.')),
  },
  { $id: 'RecoverWebhooks', additionalProperties: false },
);
export type RecoverWebhooks = Static<typeof RecoverWebhooks>;

export const RecoveredWebhooks = Type.Object(
  {
    count: Type.Integer({ description: 'How many deliveries are sent again.' }),
    more: Type.Boolean({ description: 'There are more of them: call again.' }),
  },
  { $id: 'RecoveredWebhooks' },
);
export type RecoveredWebhooks = Static<typeof RecoveredWebhooks>;

export const WebhookTest = Type.Object(
  {
    id: Type.String({ description: 'The header webhook-id of the test.' }),
    delivered: nullable(Type.Boolean({ description: 'null: no webhook-worker took it in time.' })),
    attempt: Type.Unsafe<WebhookAttempt | null>({ anyOf: [{ $ref: 'WebhookAttempt#' }, { type: 'null' }] }),
  },
  { $id: 'WebhookTest' },
);
export type WebhookTest = Static<typeof WebhookTest>;

/** What a test sends. */
export const TestEvent = Type.Object(
  {
    type: word(['webhook.test']),
    timestamp: Timestamp('When the test was asked for.'),
    data: Type.Object({ caller: Type.String() }),
  },
  { $id: 'TestEvent' },
);
export type TestEvent = Static<typeof TestEvent>;
