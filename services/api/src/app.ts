import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Callers, Keys, TestName, WebhookTests } from '@reelay/callers';
import type {
  AcceptOutcome,
  AcceptTerms,
  CancelOutcome,
  Deliveries,
  NewTask,
  TaskRecord,
  TaskStore,
} from '@reelay/tasks';
import type { Logger, Metrics } from '@reelay/telemetry';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { createAuthentication } from './authentication.ts';
import type { Cursors } from './cursor.ts';
import type { Events } from './events/open-events.ts';
import { createFailedKeys } from './failed-keys.ts';
import { createIdentityCache } from './identity-cache.ts';
import type { SubmitRules } from './new-task.ts';
import { access } from './plugins/access.ts';
import { knownRoutes } from './plugins/known-routes.ts';
import { loadShedding } from './plugins/load-shedding.ts';
import { answerMalformedHttp } from './plugins/malformed-http.ts';
import { openapi } from './plugins/openapi.ts';
import { answerError, problems } from './plugins/problems.ts';
import { requestIdOf, requestLine } from './plugins/request-line.ts';
import { requestMetrics } from './plugins/request-metrics.ts';
import { type RequestCounters, requestRate } from './plugins/request-rate.ts';
import { route } from './plugins/route.ts';
import { securityHeaders } from './plugins/security-headers.ts';
import { validation } from './plugins/validation.ts';
import { callerRoute } from './routes/caller.ts';
import { callerEvents } from './routes/caller-events.ts';
import { callerKeys } from './routes/caller-keys.ts';
import { callerRoutes } from './routes/callers.ts';
import { cancelTask } from './routes/cancel-task.ts';
import { eraseTask } from './routes/erase-task.ts';
import { errorPages } from './routes/error-pages.ts';
import { getTask } from './routes/get-task.ts';
import { getTaskStatus } from './routes/get-task-status.ts';
import { health } from './routes/health.ts';
import { listTasks } from './routes/list-tasks.ts';
import { metrics } from './routes/metrics.ts';
import { getModel } from './routes/model.ts';
import { listModels } from './routes/models.ts';
import { openapiDocument } from './routes/openapi-document.ts';
import { recoverWebhooks } from './routes/recover-webhooks.ts';
import { redeliver } from './routes/redeliver.ts';
import { reference } from './routes/reference.ts';
import { retryTask } from './routes/retry-task.ts';
import { rotateSecret } from './routes/rotate-secret.ts';
import { submitTask } from './routes/submit-task.ts';
import { taskDeliveries } from './routes/task-deliveries.ts';
import { taskEvents } from './routes/task-events.ts';
import { testWebhook } from './routes/test-webhook.ts';
import { webhook } from './routes/webhook.ts';

const HEADERS_WITHIN_MS = 15_000;

/** All that the api needs of the world. */
export interface ApiDeps {
  readonly tasks: {
    accept(task: NewTask, terms: AcceptTerms): Promise<AcceptOutcome>;
    read(id: string): Promise<TaskRecord | undefined>;
    /** What an Idempotency-Key (its sha256) of a caller stands for. */
    holderOf(about: { caller: string; key: string }): Promise<{ task: string; request: string } | undefined>;
    /** `task` is the record, just read. */
    cancel(task: TaskRecord): Promise<CancelOutcome>;
    readonly readPolls: TaskStore['polls']['progressOf'];
  } & Pick<TaskStore, 'readPayload' | 'readByUpstreamId' | 'list' | 'erase'>;
  readonly cursors: Cursors;
  readonly events: Events;
  readonly deliveries: Pick<Deliveries, 'list' | 'redeliver' | 'exhausted'>;
  readonly webhookTests: Pick<WebhookTests, 'outcomeOf'> & {
    /** Notes the test and wakes a webhook-worker. */
    begin(test: TestName): ReturnType<WebhookTests['begin']>;
  };
  readonly callers: Callers;
  readonly keys: Keys;
  readonly store: {
    /** False while Redis is away or not yet judged safe. */
    isOpen(): boolean;
    /** True when Redis answers within a second. */
    answers(): Promise<boolean>;
  };
  /** For callers with `limits.requests_per_minute`. */
  readonly requestCounters: RequestCounters;
  readonly rules: SubmitRules;
  readonly adminKey: string | undefined;
  /** Unix milliseconds by Redis. */
  readonly clock: { now(): number };
  monotonicMs(): number;
  /** For ids. */
  randomBytes(size: number): Buffer;
  newRequestId(): string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: HttpLimits;
}

interface HttpLimits {
  readonly maxBodyBytes: number;
  /** TRUST_PROXY: addresses of the balancer. */
  readonly trustProxy: readonly string[];
  /** A request must have arrived after this; default 60 s. Milliseconds. */
  readonly requestTimeoutMs?: number;
  /** Above this delay of the event loop requests are shed; default 2 s. Milliseconds. */
  readonly mostEventLoopDelayMs?: number;
  /** How long a test webhook is waited for; default 20 s. Milliseconds. */
  readonly webhookTestWithinMs?: number;
}

const ROUTES: readonly FastifyPluginAsyncTypebox<ApiDeps>[] = [
  submitTask,
  getTaskStatus,
  listTasks,
  getTask,
  cancelTask,
  retryTask,
  eraseTask,
  taskEvents,
  callerEvents,
  taskDeliveries,
  redeliver,
  webhook,
  rotateSecret,
  testWebhook,
  recoverWebhooks,
  listModels,
  getModel,
  callerRoutes,
  callerRoute,
  callerKeys,
  health,
  metrics,
  openapiDocument,
  reference,
  errorPages,
];

/** The api, not yet listening. Every wait, body and connection is bounded here. */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = createServer(deps);
  await app.register(route);
  await app.register(problems);
  await app.register(requestLine);
  await app.register(requestMetrics, { metrics: deps.metrics });
  deps.metrics.gauge('open_streams', 'Streams and waiting requests held open', () => deps.events.streams.count);
  await app.register(securityHeaders);
  await app.register(loadShedding, { mostDelayMs: deps.limits.mostEventLoopDelayMs ?? 2_000 });
  await app.register(knownRoutes);
  await app.register(access, {
    isStoreOpen: deps.store.isOpen,
    authentication: createAuthentication({
      adminKey: deps.adminKey,
      identities: createIdentityCache({ ...deps, identify: deps.keys.identify, now: deps.clock.now }),
      failedKeys: createFailedKeys(deps),
    }),
  });
  await app.register(requestRate, deps.requestCounters);
  await app.register(validation);
  await app.register(openapi);
  app.addHook('preClose', async () => deps.events.streams.close());
  app.addHook('onClose', async () => deps.events.hub.stop());
  for (const routes of ROUTES) await app.register(routes, deps);
  await app.ready();
  return app;
}

/**
 * Fastify makes a child of its logger for each request, which is 3 % of an accept, and most of them write one line: what a
 * line needs, logOf adds, and Fastify gets the same logger again. (Not by a childLoggerFactory, whose loggers it checks anew
 * each time.) The few lines that it writes by itself do not name their request.
 */
function oneForAllRequests(logger: Logger): FastifyBaseLogger {
  const one: FastifyBaseLogger = Object.create(logger);
  one.child = (bindings, options) => (isFastifys(bindings) ? one : logger.child(bindings, options));
  return one;
}

/** At its start, and for a request. */
function isFastifys(bindings: object): boolean {
  return 'reqId' in bindings || Object.keys(bindings).length === 0;
}

function createServer({ limits, logger, newRequestId }: ApiDeps): FastifyInstance {
  const { requestTimeoutMs = 60_000 } = limits;
  const loggerInstance = oneForAllRequests(logger);
  const app = Fastify({
    loggerInstance,
    // One line per request is written by request-line.ts.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf(newRequestId),
    bodyLimit: limits.maxBodyBytes,
    trustProxy: limits.trustProxy.length > 0 ? [...limits.trustProxy] : false,
    requestTimeout: requestTimeoutMs,
    // A socket on which nothing moves. Longer than keep-alive, which is longer than the 60 s of common balancers.
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    // Node swaps the two time-outs when the headers' is the longer one.
    http: {
      headersTimeout: Math.min(HEADERS_WITHIN_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs / 2),
      requireHostHeader: false,
    },
    // While it closes, what comes on an open connection is still answered, and the connection then closed.
    return503OnClosing: false,
    // An id of any length gets its own 404; the headers' limit of 16 KiB bounds it.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      return answerError(error, request, reply);
    },
    clientErrorHandler: answerMalformedHttp(newRequestId),
  });
  // An expectation that nobody knows is not met and no error (Node's own answer would be a bare 417).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  return app;
}
