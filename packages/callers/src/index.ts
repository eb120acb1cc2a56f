export { type Callers, type CallerWebhook, createCallers, type Endpoint } from './callers.ts';
export { DEV_CALLER, DEV_KEY, ensureDevCaller } from './dev-caller.ts';
export { createKeys, type Identity, type Keys } from './keys.ts';
export type { CallerPosition } from './page-of.ts';
export { resealSecrets } from './reseal-secrets.ts';
export { createWebhookTests, type TestName, type TestOutcome, type WebhookTests } from './webhook-tests.ts';
