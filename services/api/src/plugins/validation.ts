import { isUtf8 } from 'node:buffer';
import { Ajv } from 'ajv';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { isDateTime } from '../date-time.ts';
import { fieldErrors, parameterName } from '../field-errors.ts';
import { outOfBounds } from '../json-limits.ts';
import { queryIntegers } from '../query-integers.ts';
import { invalidRequest, Refusal } from '../refusal.ts';
import { NAMED } from '../schemas.ts';
import { routeOf } from './route.ts';

// verbose: sentences name the value and its schema; ownProperties: a member named `constructor` is judged like any other.
// allErrors is bounded by the limits on a body (json-limits.ts).
const OPTIONS = {
  strict: true,
  allErrors: true,
  verbose: true,
  ownProperties: true,
  allowUnionTypes: true,
  removeAdditional: false,
  formats: { 'date-time': isDateTime },
} as const;

/**
 * How requests are judged: 400 for what does not parse as JSON, 422 for what parses and is not valid. A body is taken as
 * it was sent: nothing is coerced, stripped or filled in. Parameters are texts; those of a query that are integers are read.
 */
export const validation = fp(async (app: FastifyInstance) => {
  const ajv = new Ajv({ ...OPTIONS, keywords: ['x-form'], schemas: [...Object.values(NAMED)] });

  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    const inBody = httpPart === 'body';
    const inQuery = httpPart === 'querystring';
    const accepts = ajv.compile(inQuery ? closed(schema) : schema);
    const read = inQuery ? queryIntegers(schema) : asItCame;
    return (sent: unknown) => {
      const value = read(sent);
      if (accepts(value)) return { value };
      return { error: invalidRequest(fieldErrors(accepts.errors ?? [], inBody ? undefined : parameterName)) };
    };
  });
  // Answers are built from types that derive from the same schemas: a second judge of them would only drop fields in silence.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  takeOnlyJson(app);
});

const asItCame = (sent: unknown): unknown => sent;

/** A misspelt parameter is told, not ignored: it would list, stream or wait for something else than was meant. */
function closed(schema: object): object {
  return { ...schema, additionalProperties: false };
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of two kinds of refused text one is JSON all the same. */
function refusalOfText(text: string, cause: Error): Error {
  if (parsed(text) === undefined) return cause;
  const detail = 'The body has a member `__proto__` or `constructor.prototype`; leave it out.';
  return new Refusal('bad_json', { detail, cause });
}

/** What a text must have to have a member that is refused, `__proto__` or `constructor`: the word, or an escape in it. */
const SUSPECT = /\\|__proto__|constructor/;

function takeOnlyJson(app: FastifyInstance): void {
  const careful = app.getDefaultJsonParser('error', 'error'); // refuses __proto__ and constructor.prototype
  const parse: typeof careful = (request, text, done) => {
    const body = SUSPECT.test(text) ? undefined : parsed(text);
    if (body === undefined) careful(request, text, done);
    else done(null, body);
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (!isUtf8(bytes)) return done(new Refusal('bad_json', { detail: 'The body is not encoded as UTF-8.' }));
    const { schema, config } = routeOf(request);
    if (bytes.length === 0 && config.bodyOptional) return done(null, {});
    if (bytes.length === 0 && !schema?.body) return done(null, undefined); // many clients send the type with everything
    const text = bytes.toString();
    parse(request, text, (error, body) => done(error ? refusalOfText(text, error) : refuseOutOfBounds(body), body));
  });
  // Without a body and a content type no parser runs; to a validator that would look like the JSON value null.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body !== undefined) return done();
    const { schema, config } = routeOf(request);
    if (!schema?.body) return done();
    if (!config.bodyOptional)
      return done(new Refusal('bad_json', { detail: 'The body is empty; send one JSON object.' }));
    request.body = {};
    done();
  });
}

function refuseOutOfBounds(body: unknown): Refusal | null {
  const message = outOfBounds(body);
  return message === undefined ? null : invalidRequest([{ pointer: '', message }]);
}
