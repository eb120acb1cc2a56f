import type { SubmitRequest } from '@reelay/contracts';
import { loadCatalogue } from '@reelay/modelverse';
import { expect, test } from 'vitest';
import { newTaskOf, type SubmitRules } from '../src/new-task.ts';
import { aBody } from './setup.ts';

const CATALOGUE = loadCatalogue();
const RULES: SubmitRules = {
  catalogue: CATALOGUE,
  unknownModels: 'reject',
  addressRules: { allowHttp: false, allowedCidrs: [] },
  startWithinMs: 1_000_000,
  finishWithinMs: 2_000_000,
};

const judge = (changes: Partial<SubmitRequest> = {}, rules: Partial<SubmitRules> = {}) =>
  newTaskOf(aBody(changes), { id: 'task_1', traceparent: undefined, caller: 'acme', rules: { ...RULES, ...rules } });

test.each([
  [
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ],
  ['not a trace', undefined],
])('the trace context %s goes on as %s', (traceparent, kept) => {
  const task = newTaskOf(aBody(), { id: 'task_1', caller: 'acme', traceparent, rules: RULES });
  expect(task.traceparent).toBe(kept);
});

test('what was not asked for has its default', () => {
  expect(judge()).toEqual({
    id: 'task_1',
    caller: 'acme',
    model: aBody().model,
    priority: 'normal',
    metadata: {},
    webhookUrl: undefined,
    webhookEvents: undefined,
    startWithinMs: 1_000_000,
    finishWithinMs: 2_000_000,
    onSubmitUnknown: 'fail',
    maxResubmits: 0,
    retryOf: undefined,
    traceparent: undefined,
    payload: { input: aBody().input, parameters: aBody().parameters },
  });
});

test('a model’s own finish_within comes before the setting, and after the caller’s', () => {
  const model = CATALOGUE.find(aBody().model);
  const catalogue = { ...CATALOGUE, find: () => (model ? { ...model, finish_within_s: 600 } : undefined) };
  expect(judge({}, { catalogue }).finishWithinMs).toBe(600_000);
  expect(judge({ finish_within: 60 }, { catalogue }).finishWithinMs).toBe(60_000);
});

test('resubmitting is asked for in words; its number counts only then', () => {
  expect(judge({ on_submit_unknown: 'resubmit' }).maxResubmits).toBe(1);
  expect(judge({ on_submit_unknown: 'resubmit', max_resubmits: 3 }).maxResubmits).toBe(3);
  expect(judge({ max_resubmits: 3 }).maxResubmits).toBe(0);
});

test('mistakes of the input and of the webhook are told together', () => {
  expect(() => judge({ input: {}, webhook_url: 'http://a.example/' })).toThrow(
    expect.objectContaining({
      details: {
        errors: [
          { pointer: '/input/prompt', message: expect.anything() },
          expect.objectContaining({ pointer: '/webhook_url' }),
        ],
      },
    }),
  );
});
