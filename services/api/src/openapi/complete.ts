import { EXAMPLES } from './examples.ts';
import { headersOf, REQUEST_ID } from './headers.ts';
import { type Content, type Document, type Operation, operationsOf } from './shape.ts';

/** Marks, until it is complete, an operation that can be called without a body. */
export const BODY_OPTIONAL = 'x-body-optional';

/**
 * What holds for every operation alike and so stands in no route: the request id in and out, the fields of an answer's
 * head, examples, and header names as people write them. Changes the document in place.
 */
export function complete(document: Document): void {
  const exampleOf = examplesIn(document);
  for (const operation of operationsOf(document)) {
    nameHeaders(operation);
    if (operation[BODY_OPTIONAL] && operation.requestBody) operation.requestBody.required = false;
    delete operation[BODY_OPTIONAL];
    if (operation.security?.length) operation.parameters = [...(operation.parameters ?? []), REQUEST_ID];
    for (const [status, response] of Object.entries(operation.responses)) {
      response.headers = { ...headersOf(operation, status), ...response.headers };
      addExamples(response.content, exampleOf);
    }
    addExamples(operation.requestBody?.content, exampleOf);
  }
  dropUnusedExamples(document);
}

/** Of the codes that no operation answers with, e.g. those for routes that are not there. */
function dropUnusedExamples(document: Document): void {
  const { examples } = document.components;
  const used = JSON.stringify(document.paths);
  for (const code of Object.keys(examples)) {
    if (!used.includes(`"#/components/examples/${code}"`)) delete examples[code];
  }
}

/** Fastify knows header names in lower case only; people, and their clients, read `Idempotency-Key`. */
function nameHeaders({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if (!('in' in parameter) || parameter.in !== 'header') continue;
    parameter.name = WRITTEN[parameter.name] ?? parameter.name;
  }
}

const WRITTEN: Readonly<Record<string, string>> = {
  'idempotency-key': 'Idempotency-Key',
  'last-event-id': 'Last-Event-ID',
};

type ExampleOf = (component: string) => unknown;

/** A schema's own example, else that of examples.ts, else, for a list, one of its items. */
function examplesIn({ components: { schemas } }: Document): ExampleOf {
  const written: ExampleOf = (component) => schemas[component]?.examples?.[0] ?? EXAMPLES[component];
  return (component) => {
    const item = written(componentOf(schemas[component]?.properties?.['data']?.items));
    return written(component) ?? (item === undefined ? undefined : { data: [item], next_cursor: null });
  };
}

function addExamples(content: Content = {}, exampleOf: ExampleOf): void {
  for (const media of Object.values(content)) {
    const example = exampleOf(componentOf(media.schema));
    if (example !== undefined && !media.examples) media.example = example;
  }
}

function componentOf(schema: { $ref?: string } | undefined): string {
  return schema?.$ref?.split('/').at(-1) ?? '';
}
