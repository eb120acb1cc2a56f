import { randomBytes } from 'node:crypto';
import type { CreateKey, NewKey } from '@reelay/contracts';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { createCallers, createKeys } from '../src/index.ts';

export const TAG = '{reelay}';
export const START = Date.now();

/** Callers and keys on a connection that ends with the test, and a clock that stands until it is moved. */
export function setup(url: string, secretKey: Buffer = Buffer.alloc(32, 1)) {
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  const clock = { at: START, now: () => clock.at };
  const deps = { redis, tag: TAG, secretKey, now: clock.now, randomBytes };
  const keys = createKeys(deps);
  const makeKey = async (caller: string, about: CreateKey): Promise<NewKey> => {
    const key = await keys.create(caller, about);
    if (typeof key === 'string') throw new Error(`${caller} gets no key: ${key}`);
    return key;
  };
  return { redis, clock, callers: createCallers(deps), keys, makeKey };
}
