export type { Problem } from './catalogue/describe-errors.ts';
export { type Catalogue, CatalogueError, loadCatalogue } from './catalogue/load-catalogue.ts';
export type { Model } from './catalogue/model-file.ts';
export { type TaskInput, validateInput } from './catalogue/validate-input.ts';
export {
  createModelverseClient,
  type ModelverseClient,
  type ModelverseClientOptions,
  type ModelverseTimeouts,
} from './client.ts';
export type { NotSentReason, SubmitOutcome, UnknownReason } from './did-it-leave.ts';
export { type RefusalCode, refusalOf } from './refusal.ts';
export type { SeenTask, StatusOutcome, TransientReason, UpstreamStatus } from './status.ts';
export type { Submission } from './submit.ts';
