import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { connectPatiently } from '../src/index.ts';

/** A log that keeps its lines. */
export function aLog() {
  const lines: string[] = [];
  const keep = (_fields: object, message: string) => void lines.push(message);
  return { lines, info: keep, warn: keep };
}

/** A connection that ends with the test. */
export function connected(url: string): Redis {
  return endingWithTest(connectPatiently(url, aLog()));
}

export function endingWithTest(redis: Redis): Redis {
  onTestFinished(() => redis.disconnect());
  return redis;
}
