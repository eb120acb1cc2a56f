import type { Redis } from 'ioredis';

interface Asked {
  readonly key: string;
  resolve(fields: Record<string, string>): void;
  reject(error: unknown): void;
}

/**
 * HGETALL for those who read many hashes at once: what is asked for in one turn of the event loop goes in one write and
 * comes in one round trip. A hash that is not there is one without fields.
 */
export function createHashReader(redis: Redis): (key: string) => Promise<Record<string, string>> {
  let asked: Asked[] = [];

  async function read(): Promise<void> {
    const all = asked;
    asked = [];
    try {
      const pipeline = redis.pipeline();
      for (const { key } of all) pipeline.hgetall(key);
      const replies = (await pipeline.exec()) ?? [];
      for (const [index, one] of all.entries()) {
        const [error, fields] = replies[index] ?? [new Error('Redis gave no reply to a read')];
        if (error) one.reject(error);
        else one.resolve(fields as Record<string, string>);
      }
    } catch (error) {
      for (const one of all) one.reject(error);
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (asked.push({ key, resolve, reject }) === 1) setImmediate(() => void read());
    });
}
