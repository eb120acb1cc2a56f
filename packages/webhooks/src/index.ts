export {
  type AddressRules,
  checkWebhookUrl,
  isAllowedAddress,
  refusalOfWebhookUrl,
  type UrlRefusal,
  type UrlVerdict,
} from './address-guard.ts';
export type { AttemptFailure, AttemptResult } from './attempt-result.ts';
export type { ResolveName } from './guarded-connect.ts';
export { createOriginSlots, type FreeSlot, type OriginSlots } from './origin-slots.ts';
export { DEFAULT_RETRY_SCHEDULE_MS, type DeliveryPlan, planNext } from './retry-plan.ts';
export { openSecret, sealSecret, UnreadableSecretError } from './secret-box.ts';
export {
  createWebhookSender,
  type WebhookRequest,
  type WebhookSender,
  type WebhookSenderOptions,
} from './sender.ts';
export { newWebhookSecret, sign } from './sign.ts';
