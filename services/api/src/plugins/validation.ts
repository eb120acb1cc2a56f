import { isUtf8 } from 'node:buffer';
import { Ajv } from 'ajv';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { isDateTime } from '../date-time.ts';
import { fieldErrors, parameterName } from '../field-errors.ts';
import { outOfBounds } from '../json-limits.ts';
import { invalidRequest, Refusal } from '../refusal.ts';
import { NAMED } from '../schemas.ts';

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
 * it was sent: nothing is coerced, stripped or filled in. Parameters are texts, so they are coerced.
 */
export const validation = fp(async (app: FastifyInstance) => {
  const bodies = new Ajv({ ...OPTIONS, schemas: [...Object.values(NAMED)] });
  const parameters = new Ajv({ ...OPTIONS, coerceTypes: true });

  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    const inBody = httpPart === 'body';
    const accepts = (inBody ? bodies : parameters).compile(schema);
    return (value: unknown) => {
      if (accepts(value)) return { value };
      return { error: invalidRequest(fieldErrors(accepts.errors ?? [], inBody ? undefined : parameterName)) };
    };
  });
  // Answers are built from types that derive from the same schemas: a second judge of them would only drop fields in silence.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  takeOnlyJson(app);
});

function takeOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error'); // refuses __proto__ and constructor.prototype
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (!isUtf8(bytes)) return done(new Refusal('bad_json', { detail: 'The body is not encoded as UTF-8.' }));
    if (bytes.length === 0 && request.routeOptions.config.bodyOptional) return done(null, {});
    parse(request, bytes.toString(), (error, body) => done(error ?? refuseOutOfBounds(body), body));
  });
  // Without a body and a content type no parser runs; to a validator that would look like the JSON value null.
  app.addHook('preValidation', async (request) => {
    const { schema, config } = request.routeOptions;
    if (request.body === undefined && schema?.body) {
      if (config.bodyOptional) request.body = {};
      else throw new Refusal('bad_json', { detail: 'The body is empty; send one JSON object.' });
    }
  });
}

function refuseOutOfBounds(body: unknown): Refusal | null {
  const message = outOfBounds(body);
  return message === undefined ? null : invalidRequest([{ pointer: '', message }]);
}
