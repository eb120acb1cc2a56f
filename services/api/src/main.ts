import { randomBytes, randomUUID } from 'node:crypto';
import { resealSecrets } from '@reelay/callers';
import { connectImpatiently, connectPatiently } from '@reelay/redis';
import { cannotListen, openCatalogue, openStore, runService } from '@reelay/service';
import { createMetrics, type Logger } from '@reelay/telemetry';
import { buildApp } from './app.ts';
import { COMMAND_TIMEOUT_MS, RESOLVE_WITHIN_MS } from './limits.ts';
import { createRandomPool } from './random-pool.ts';
import { settings } from './settings.ts';
import { depsOnStore } from './store.ts';
import { waitForSafeRedis } from './wait-for-redis.ts';

await runService({
  service: 'api',
  settings,
  async start(config, log) {
    const local = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const redis = connectImpatiently(config.redisUrl, log, COMMAND_TIMEOUT_MS);
    const store = openStore(redis, config, { log, local });
    let safe = false;
    const app = await buildApp({
      ...depsOnStore(store, {
        commandTimeoutMs: COMMAND_TIMEOUT_MS,
        resolveWithinMs: RESOLVE_WITHIN_MS,
        secretKey: config.secretKey,
        oldSecretKeys: config.oldSecretKeys,
        randomBytes,
        isSafe: () => safe,
        subscriber: connectPatiently(config.redisUrl, log),
        log,
      }),
      rules: {
        catalogue: openCatalogue(config.modelsFolder),
        unknownModels: config.unknownModels,
        addressRules: { allowHttp: config.webhookAllowHttp, allowedCidrs: config.webhookAllowedCidrs },
        startWithinMs: config.startWithinMs,
        finishWithinMs: config.finishWithinMs,
      },
      adminKey: config.adminKey,
      logger: log,
      metrics: createMetrics('api'),
      randomBytes: createRandomPool(randomBytes),
      monotonicMs: local.monotonicMs,
      newRequestId: () => randomUUID(),
      limits: config,
    });

    // It listens before Redis is there: until then /livez lives, and the rest is a truthful 503.
    const { host, port } = config;
    const url = await app
      .listen({ host, port, listenTextResolver: (address) => `listening on ${address}` })
      .catch((error: unknown) => {
        throw cannotListen(error, { host, port, setting: 'PORT' });
      });
    await waitForSafeRedis(redis, config, log);
    safe = true;
    await sealWithPresentKey({ ...config, redis, tag: store.tag }, log).catch((err: unknown) => {
      log.warn({ err }, 'The webhook secrets were not all sealed with the present key; the next start tries again');
    });

    return {
      ready: { url },
      async stop() {
        // A request that does not end by itself, say an upload that stands still, gets half of the grace.
        setTimeout(() => app.server.closeAllConnections(), config.shutdownGraceMs / 2).unref();
        await app.close();
        await store.close();
      },
    };
  },
});

/** While REELAY_SECRET_KEY_OLD is set, secrets move to the present key at every start (docs/webhooks.md). */
async function sealWithPresentKey(
  about: Omit<Parameters<typeof resealSecrets>[0], 'randomBytes' | 'onUnreadable'>,
  log: Logger,
): Promise<void> {
  if (!about.oldSecretKeys?.length) return;
  let unreadable = 0;
  const changed = await resealSecrets({
    ...about,
    randomBytes,
    onUnreadable(caller, err) {
      unreadable += 1;
      log.error({ err, caller }, 'A webhook secret could not be sealed anew; its webhooks cannot be signed');
    },
  });
  const next = 'once every process runs with the new key, REELAY_SECRET_KEY_OLD can go';
  log.info({ changed, unreadable }, `The webhook secrets are sealed with the present key; ${next}`);
}
