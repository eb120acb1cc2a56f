import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import type { Ledger, LedgerEntry } from '../ledger.ts';

const ListQuery = Type.Object({
  kind: Type.Optional(Type.Union([Type.Literal('submit'), Type.Literal('status')])),
  after: Type.Integer({ minimum: 0, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000 }),
});

const SummaryQuery = Type.Object({ markers: Type.Optional(Type.Literal('1')) });

/** `GET /_sim/ledger`, `GET /_sim/ledger/summary`, `DELETE /_sim/ledger`: what was received, for tests to count. */
export const ledgerRoutes: FastifyPluginAsyncTypebox<{ ledger: Ledger }> = async (app, { ledger }) => {
  app.get('/_sim/ledger', { schema: { querystring: ListQuery } }, async (request) => {
    const { kind, after, limit } = request.query;
    const { data, next, dropped } = ledger.list({ kind, after, limit });
    return { data: data.map(shown), next, dropped };
  });

  app.get('/_sim/ledger/summary', { schema: { querystring: SummaryQuery } }, async (request) => {
    const { markers, ...counts } = ledger.summary();
    return request.query.markers ? { ...counts, markers } : counts;
  });

  app.delete('/_sim/ledger', async (_request, reply) => {
    ledger.clear();
    return reply.code(204).send();
  });
};

function shown(entry: LedgerEntry) {
  if (entry.kind === 'status') return entry;
  const { bodyText, ...rest } = entry;
  return { ...rest, body: bodyText === undefined ? undefined : JSON.parse(bodyText) };
}
