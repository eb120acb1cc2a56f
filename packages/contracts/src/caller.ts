import { type Static, Type } from 'typebox';
import { nullable, Timestamp, word } from './schema.ts';

export const SCOPES = ['read', 'submit', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a caller may use; an empty object is no limit (design section 8). */
export const Limits = Type.Object(
  {
    requests_per_minute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    queued_tasks: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
  },
  { $id: 'Limits', additionalProperties: false },
);
export type Limits = Static<typeof Limits>;

/** `x-form` says to whom sends another what the pattern wants. */
export const CALLER_ID = {
  pattern: '^[a-z0-9][a-z0-9_-]{0,62}$',
  'x-form': 'lower case letters, digits, - and _, at most 63 of them, the first a letter or a digit',
};
const CallerId = Type.String({
  ...CALLER_ID,
  description: 'Lower case letters, digits, - and _.',
});
const Name = Type.String({ minLength: 1, maxLength: 200 });
const WebhookUrl = Type.String({ maxLength: 2048, description: 'Where events go when a task names no webhook_url.' });

export const CreateCaller = Type.Object(
  {
    id: CallerId,
    name: Type.Optional(Name),
    webhook_url: Type.Optional(WebhookUrl),
    limits: Type.Optional(Type.Ref('Limits')),
  },
  { $id: 'CreateCaller', additionalProperties: false },
);
export type CreateCaller = Omit<Static<typeof CreateCaller>, 'limits'> & { limits?: Limits };

export const ChangeCaller = Type.Object(
  {
    name: Type.Optional(nullable(Name)),
    webhook_url: Type.Optional(nullable(WebhookUrl)),
    limits: Type.Optional(Type.Ref('Limits')),
  },
  { $id: 'ChangeCaller', additionalProperties: false, minProperties: 1 },
);
export type ChangeCaller = Omit<Static<typeof ChangeCaller>, 'limits'> & { limits?: Limits };

export const KeyInfo = Type.Object(
  {
    kid: Type.String(),
    scopes: Type.Array(word(SCOPES)),
    created_at: Timestamp('When it was made.'),
    expires_at: nullable(Timestamp('When it stops to work.')),
  },
  { $id: 'KeyInfo' },
);
export type KeyInfo = Static<typeof KeyInfo>;

const callerFields = {
  id: Type.String(),
  name: nullable(Type.String()),
  webhook_url: nullable(Type.String()),
  limits: Type.Ref('Limits'),
  created_at: Timestamp('When it was made.'),
};

export const Caller = Type.Object({ ...callerFields, keys: Type.Array(Type.Ref('KeyInfo')) }, { $id: 'Caller' });
export type Caller = Omit<Static<typeof Caller>, 'limits' | 'keys'> & { limits: Limits; keys: KeyInfo[] };

export const NewCaller = Type.Object(
  { ...callerFields, webhook_secret: Type.String({ description: "Signs this caller's webhooks. Shown once." }) },
  { $id: 'NewCaller' },
);
export type NewCaller = Omit<Static<typeof NewCaller>, 'limits'> & { limits: Limits };

export const CallerList = Type.Object(
  { data: Type.Array(Type.Ref('Caller')), next_cursor: nullable(Type.String()) },
  { $id: 'CallerList' },
);

export const CreateKey = Type.Object(
  {
    scopes: Type.Array(word(SCOPES), { minItems: 1, maxItems: SCOPES.length, uniqueItems: true }),
    expires_in: Type.Optional(Type.Integer({ minimum: 60, maximum: 10 * 365 * 86_400, description: 'Seconds.' })),
  },
  { $id: 'CreateKey', additionalProperties: false },
);
export type CreateKey = Static<typeof CreateKey>;

export const NewKey = Type.Object(
  {
    key: Type.String({ description: 'Shown once.' }),
    kid: Type.String(),
    scopes: Type.Array(word(SCOPES)),
    expires_at: nullable(Timestamp('When it stops to work.')),
  },
  { $id: 'NewKey' },
);
export type NewKey = Static<typeof NewKey>;
