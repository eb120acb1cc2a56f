export { CannotStart, cannotListen } from './cannot-start.ts';
export { endWhenStuck } from './end-when-stuck.ts';
export { openCatalogue } from './open-catalogue.ts';
export { type OpenStore, openStore } from './open-store.ts';
export { type Running, runService } from './run-service.ts';
export { acceptRedis } from './safe-redis.ts';
export { serveWorkerHealth } from './worker-health.ts';
