import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { createCounts } from '../counts.ts';
import { createRing } from '../ring.ts';
import { signatureVerifier, type Verdict } from '../signature.ts';

const MOST_WEBHOOKS = 10_000;
const MOST_BODY_BYTES = 64 * 1024;
const NO_BODY = Buffer.alloc(0);
const SHOWN_HEADERS = /^(webhook-.*|content-type|user-agent|traceparent|tracestate)$/;

interface CaughtWebhook {
  readonly seq: number;
  readonly at_ms: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly signature: Verdict;
  readonly answered: number;
  readonly body_sha: string;
  readonly bodyText: string;
}

export interface InboxOptions {
  clock: { now(): number };
  /** Webhook secrets (`whsec_…`) that a signature may be made with. */
  secrets: readonly string[];
}

const ListQuery = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Integer({ minimum: 1, maximum: MOST_WEBHOOKS, default: 1_000 }),
});

/**
 * `POST /inbox/<anything>` catches a webhook and answers 204; `/inbox/fail-<n>/…` answers a webhook-id 500 the first n
 * times, `/inbox/status-<code>/…` always that code. `GET /inbox` lists, newest first; `DELETE /inbox` empties.
 */
export const inbox: FastifyPluginAsyncTypebox<InboxOptions> = async (app, { clock, secrets }) => {
  const caught = createRing<CaughtWebhook>(MOST_WEBHOOKS);
  const judge = signatureVerifier(secrets);
  const answerFor = createAnswers();
  let seq = 0;

  app.post('/inbox/*', { bodyLimit: MOST_BODY_BYTES }, async (request, reply) => {
    const raw = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
    const { url: path, headers } = request;
    const signature = judge(raw, headers);
    const answered = answerFor(path, String(headers['webhook-id'] ?? ''));
    seq += 1;
    const kept = { headers: headersToShow(headers), body_sha: hash('sha256', raw), bodyText: raw.toString() };
    caught.push({ seq, at_ms: clock.now(), path, signature, answered, ...kept });
    if (answered >= 300 && answered < 400) reply.header('location', '/inbox/redirected');
    return reply.code(answered).send();
  });

  app.get('/inbox', { schema: { querystring: ListQuery } }, async (request, reply) => {
    const { after, limit } = request.query;
    const page = caught.after(after ?? (caught.at(-limit)?.seq ?? 1) - 1, limit);
    const last = page.at(-1)?.seq;
    const next = last !== undefined && last !== caught.at(-1)?.seq ? last : null;
    const listed = { data: page.reverse().map(shown), next };
    return reply.type('application/json').send(`${JSON.stringify(listed, null, 2)}\n`);
  });

  app.delete('/inbox', async (_request, reply) => {
    caught.clear();
    return reply.code(204).send();
  });
};

/** The status that a path asks for. */
function createAnswers(): (path: string, webhookId: string) => number {
  const failures = createCounts(MOST_WEBHOOKS);
  return (path, webhookId) => {
    const [, behaviour, number] = /^\/inbox\/(fail|status)-(\d{1,3})(?:\/|$|\?)/.exec(path) ?? [];
    if (behaviour === 'fail') return failures.before(`${path} ${webhookId}`) < Number(number) ? 500 : 204;
    const isStatus = behaviour === 'status' && Number(number) >= 200 && Number(number) <= 599;
    return isStatus ? Number(number) : 204;
  };
}

function headersToShow(headers: IncomingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => SHOWN_HEADERS.test(name)));
}

function shown({ bodyText, ...webhook }: CaughtWebhook) {
  return { ...webhook, body: jsonOrText(bodyText) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
