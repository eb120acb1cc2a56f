import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { RecoveredWebhooks, RecoverWebhooks } from '@reelay/contracts';
import type { ApiDeps } from '../app.ts';
import { callerOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { invalidRequest } from '../refusal.ts';
import { bodyErrors, named } from '../schemas.ts';

const MOST_A_CALL = 1_000;
/** Few enough to share a transaction with other requests' writes, and to be no burst by themselves. */
const AT_ONCE = 10;

const schema = {
  operationId: 'recoverWebhooks',
  tags: ['webhooks'],
  summary: 'Send your exhausted deliveries again',
  description:
    'Those of tasks created between `since` and `until`, oldest first, up to 1,000 a call. Deliveries that have no address to go to stay exhausted.',
  security: KEY_SECURITY,
  body: named<RecoverWebhooks>('RecoverWebhooks'),
  response: { 200: named<RecoveredWebhooks>('RecoveredWebhooks'), ...bodyErrors() },
};

export const recoverWebhooks: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'deliveries' | 'clock'>> = async (
  app,
  { deliveries, clock },
) => {
  app.post('/v1/webhook/recover', { config: { scope: 'submit' }, schema }, async (request) => {
    const { since, until = clock.now() } = timesOf(request.body);
    const found = await deliveries.exhausted(callerOf(request), { since, until, most: MOST_A_CALL + 1 });
    const chosen = found.slice(0, MOST_A_CALL);
    let count = 0;
    for (let i = 0; i < chosen.length; i += AT_ONCE) {
      const words = await Promise.all(
        chosen.slice(i, i + AT_ONCE).map(({ task, event }) => deliveries.redeliver(task, event)),
      );
      count += words.filter((word) => word === 'ok').length;
    }
    // When none could be sent another call would find the same ones: without the count it would go on for ever.
    return { count, more: found.length > MOST_A_CALL && count > 0 };
  });
};

function timesOf(body: RecoverWebhooks): { since: number; until?: number } {
  const since = Date.parse(body.since);
  if (body.until === undefined) return { since };
  const until = Date.parse(body.until);
  if (until < since) throw invalidRequest([{ pointer: '/until', message: 'must not be before since.' }]);
  return { since, until };
}
