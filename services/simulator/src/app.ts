import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify';
import { createCounts } from './counts.ts';
import { lognormalDurations } from './durations.ts';
import { internalError, notFound, paramError } from './errors.ts';
import { createLedger } from './ledger.ts';
import { inbox } from './routes/inbox.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { submitTask } from './routes/submit-task.ts';
import { taskStatus } from './routes/task-status.ts';
import { videos } from './routes/videos.ts';
import { sendError } from './send-error.ts';

const MOST_COUNTED = 100_000;

export interface SimulatorOptions {
  /** Seed of the task durations; default 1. */
  seed?: number;
  /** Median task duration in milliseconds; default 8,000. */
  medianMs?: number;
  /** Spread of the lognormal durations; default 0.35; 0: every task takes exactly the median. */
  sigma?: number;
  /** Webhook secrets (`whsec_…`) for the inbox's verdict; default none. */
  inboxSecrets?: readonly string[];
  /** Base of result URLs; default: the host that the client asked. */
  publicUrl?: string;
  /** Unix milliseconds; default the system's. */
  clock?: { now(): number };
  /** Default: no log. */
  logger?: FastifyBaseLogger;
}

/**
 * A ModelVerse that runs anywhere (docs/simulator.md), not yet listening: `await app.listen({ port: 0 })`, then
 * `await app.close()`, which also ends stalled and slow answers at once.
 */
export function createSimulator(options: SimulatorOptions = {}): FastifyInstance {
  const { seed = 1, medianMs = 8_000, sigma = 0.35, inboxSecrets = [], publicUrl, clock = Date, logger } = options;
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    // A 503 while closing would be an answer that ModelVerse never gives.
    return503OnClosing: false,
    requestTimeout: 60_000,
  });
  acceptAnyBody(app);
  answerInUpstreamShape(app);

  const ledger = createLedger();
  const drawDuration = lognormalDurations({ seed, medianMs, sigma });
  app.register(submitTask, { clock, ledger, drawDuration, refused: createCounts(MOST_COUNTED) });
  app.register(taskStatus, { clock, ledger, publicUrl, asked: createCounts(MOST_COUNTED) });
  app.register(videos, { clock });
  app.register(ledgerRoutes, { ledger });
  app.register(inbox, { clock, secrets: inboxSecrets });
  app.get('/livez', async () => ({ status: 'ok' }));
  return app;
}

/** Bodies arrive as bytes: bad JSON has to reach the ledger, and a signature is over bytes. */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

function answerInUpstreamShape(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => sendError(reply, notFound(`${request.method} ${request.url}`)));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendError(reply, paramError(error.message, status));
    request.log.error({ err: error }, 'a request failed inside the simulator: this is a bug of the simulator');
    return sendError(reply, internalError);
  });
}
