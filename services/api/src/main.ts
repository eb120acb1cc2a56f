import { randomBytes, randomUUID } from 'node:crypto';
import { loadCatalogue } from '@reelay/modelverse';
import { connectImpatiently } from '@reelay/redis';
import { cannotListen, openStore, runService } from '@reelay/service';
import { buildApp } from './app.ts';
import { COMMAND_TIMEOUT_MS, RESOLVE_WITHIN_MS } from './limits.ts';
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
        randomBytes,
        isSafe: () => safe,
      }),
      rules: {
        catalogue: loadCatalogue(),
        unknownModels: config.unknownModels,
        addressRules: { allowHttp: config.webhookAllowHttp, allowedCidrs: config.webhookAllowedCidrs },
        startWithinMs: config.startWithinMs,
        finishWithinMs: config.finishWithinMs,
      },
      adminKey: config.adminKey,
      logger: log,
      randomBytes,
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
