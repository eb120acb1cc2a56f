import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startRedis } from './redis.ts';

const IMAGE = 'redis:8.2-alpine';
const PORT = 6379;

/** What a test file reads; only inside tests and hooks, as the server starts in `beforeAll`. */
export interface SharedRedis {
  readonly url: string;
  /** A connection of the tests' own, to look at keys. */
  readonly client: Redis;
}

/**
 * To be called at the top of a test file: one Redis for the file, empty at the start of each test. It runs in a container
 * when an engine answers, else as a local redis-server. Tests that kill Redis use {@link startRedis} instead.
 */
export function redisForTests(): SharedRedis {
  let server: { url: string; stop(): Promise<unknown> } | undefined;
  let client: Redis | undefined;
  beforeAll(async () => {
    server = (await startContainer()) ?? (await startRedis());
    client = new Redis(server.url);
    client.on('error', () => {}); // a failing command says enough
  });
  beforeEach(() => client?.flushall());
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  return {
    get url() {
      return started(server).url;
    },
    get client() {
      return started(client);
    },
  };
}

function started<T>(value: T | undefined): T {
  if (value === undefined)
    throw new Error('redisForTests: the server starts in beforeAll, so use it inside tests and hooks.');
  return value;
}

/** Undefined where no container engine answers, which is known within milliseconds. */
async function startContainer(): Promise<{ url: string; stop(): Promise<unknown> } | undefined> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const engine = await getContainerRuntimeClient().catch(() => undefined);
  if (!engine) return undefined;
  const source = join(import.meta.dirname, '../../../deploy/redis.conf');
  const container: StartedTestContainer = await new GenericContainer(IMAGE)
    .withCopyFilesToContainer([{ source, target: '/etc/redis.conf' }])
    .withCommand(['redis-server', '/etc/redis.conf', '--bind', '0.0.0.0', '--protected-mode', 'no'])
    .withExposedPorts(PORT)
    .start();
  return { url: `redis://${container.getHost()}:${container.getMappedPort(PORT)}`, stop: () => container.stop() };
}
