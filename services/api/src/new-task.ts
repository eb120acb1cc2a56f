import type { FieldError, SubmitRequest } from '@reelay/contracts';
import { type Catalogue, type Model, validateInput } from '@reelay/modelverse';
import { type FinalTask, isFinalTask, type NewTask, type Payload, type TaskRecord } from '@reelay/tasks';
import { type AddressRules, refusalOfWebhookUrl } from '@reelay/webhooks';
import { shown } from './field-errors.ts';
import { invalidRequest, Refusal } from './refusal.ts';

export interface SubmitRules {
  readonly catalogue: Catalogue;
  /** UNKNOWN_MODELS: what is done with a model that is not in the catalogue. */
  readonly unknownModels: 'reject' | 'pass';
  readonly addressRules: AddressRules;
  /** TASK_START_WITHIN and TASK_FINISH_WITHIN; milliseconds. */
  readonly startWithinMs: number;
  readonly finishWithinMs: number;
}

const SECOND_MS = 1_000;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const MOST_NAMED_MODELS = 50;
const MOST_METADATA_BYTES = 10_000;

/**
 * What a submit asks for, judged by its model and the address guard. Throws a Refusal: `model_unknown`, `model_retired`,
 * or `invalid_request` with the place of every mistake.
 */
export function newTaskOf(
  body: SubmitRequest,
  about: { id: string; caller: string; traceparent: string | undefined; rules: SubmitRules },
): NewTask {
  const { rules } = about;
  const model = findModel(body.model, rules);
  const errors = [
    ...inputErrors(model, body),
    ...webhookUrlErrors(body.webhook_url, rules.addressRules),
    ...metadataErrors(body.metadata),
  ];
  if (errors.length > 0) throw invalidRequest(errors);
  const resubmit = body.on_submit_unknown === 'resubmit';
  return {
    id: about.id,
    caller: about.caller,
    model: body.model,
    priority: body.priority ?? 'normal',
    metadata: body.metadata ?? {},
    webhookUrl: body.webhook_url,
    webhookEvents: body.webhook_events,
    startWithinMs: inMs(body.start_within) ?? rules.startWithinMs,
    finishWithinMs: inMs(body.finish_within) ?? inMs(model?.finish_within_s) ?? rules.finishWithinMs,
    onSubmitUnknown: resubmit ? 'resubmit' : 'fail',
    maxResubmits: resubmit ? (body.max_resubmits ?? 1) : 0,
    retryOf: undefined,
    // A malformed one is nobody's fault that a task should suffer for: it is left out (W3C Trace Context).
    traceparent: about.traceparent && TRACEPARENT.test(about.traceparent) ? about.traceparent : undefined,
    payload: { input: body.input, ...(body.parameters ? { parameters: body.parameters } : {}) },
  };
}

/** A task that may be made anew. Throws a Refusal `not_final` or `task_erased`. */
export function retryable(task: TaskRecord): FinalTask {
  if (!isFinalTask(task)) throw new Refusal('not_final');
  if (task.erasedAt !== undefined) throw new Refusal('task_erased');
  return task;
}

/**
 * A final task made anew out of its record and payload, judged by the rules of today. Throws a Refusal `input_gone`, or
 * what {@link newTaskOf} throws.
 */
export function retryOf(
  task: FinalTask,
  payload: Payload | undefined,
  about: { id: string; traceparent: string | undefined; rules: SubmitRules },
): NewTask {
  if (!payload) throw new Refusal('input_gone');
  const again = newTaskOf(
    {
      ...payload,
      model: task.model,
      metadata: task.metadata,
      ...(task.webhookUrl && { webhook_url: task.webhookUrl }),
    },
    { ...about, caller: task.caller },
  );
  return {
    ...again,
    priority: task.priority,
    webhookEvents: task.webhookEvents,
    startWithinMs: task.startBy - task.createdAt,
    finishWithinMs: task.finishWithinMs,
    onSubmitUnknown: task.onSubmitUnknown,
    maxResubmits: task.maxResubmits,
    retryOf: task.id,
  };
}

function findModel(name: string, { catalogue, unknownModels }: SubmitRules): Model | undefined {
  const model = catalogue.find(name);
  if (model?.status === 'retired') throw retired(model);
  if (model || unknownModels === 'pass') return model;
  const known = catalogue.models
    .filter(isAvailable)
    .slice(0, MOST_NAMED_MODELS)
    .map((one) => JSON.stringify(one.model));
  const message = `must be one of ${known.join(', ')} (got ${shown(name)}).`;
  throw new Refusal('model_unknown', { errors: [{ pointer: '/model', message }] });
}

function isAvailable({ status }: Model): boolean {
  return status === 'available';
}

/** Refused before anything is kept or paid for; the upstream would end the task as `model_unavailable`. */
function retired({ notes }: Model): Refusal {
  const message = ['is retired; GET /v1/models lists those that are available.', notes].filter(Boolean).join(' ');
  return new Refusal('model_retired', { errors: [{ pointer: '/model', message }] });
}

/** A model that is not in the catalogue is sent on as it is: the upstream is the one who judges it. */
function inputErrors(model: Model | undefined, { input, parameters }: SubmitRequest): readonly FieldError[] {
  return model ? validateInput(model, { input, parameters }) : [];
}

/** Events carry the metadata and stay under 20 kB, so its bytes are bounded beside its characters. */
function metadataErrors(metadata: SubmitRequest['metadata']): readonly FieldError[] {
  const bytes = metadata ? Buffer.byteLength(JSON.stringify(metadata)) : 0;
  if (bytes <= MOST_METADATA_BYTES) return [];
  return [
    { pointer: '/metadata', message: `must be at most ${MOST_METADATA_BYTES} bytes as JSON in UTF-8 (got ${bytes}).` },
  ];
}

/** What the address guard says of a body's field; `pointer` is where it stands. */
export function webhookUrlErrors(
  url: string | null | undefined,
  rules: AddressRules,
  pointer = '/webhook_url',
): readonly FieldError[] {
  if (url === undefined || url === null) return [];
  const message = refusalOfWebhookUrl(url, rules);
  return message === undefined ? [] : [{ pointer, message }];
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * SECOND_MS;
}
