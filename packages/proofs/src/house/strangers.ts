import { randomBytes } from 'node:crypto';
import { createCallers, createKeys } from '@reelay/callers';
import { DEVELOPMENT_SECRET_KEY } from '@reelay/config';
import type { Scope } from '@reelay/contracts';
import { DEFAULT_TAG } from '@reelay/redis';
import type { Redis } from 'ioredis';

const now = (): number => Date.now();

/** Makes a caller and one key for each set of scopes, named by them (`read submit`). */
export async function addKeys(
  redis: Redis,
  caller: string,
  sets: readonly (readonly Scope[])[],
): Promise<ReadonlyMap<string, { key: string; kid: string }>> {
  const about = { redis, tag: DEFAULT_TAG, now, randomBytes };
  await createCallers({ ...about, secretKey: DEVELOPMENT_SECRET_KEY }).create({ id: caller });
  const keys = createKeys(about);
  const made = sets.map(async (scopes) => {
    const key = await keys.create(caller, { scopes: [...scopes] });
    if (typeof key === 'string') throw new Error(`The caller ${caller} gets no key: ${key}`);
    return [scopes.join(' '), { key: key.key, kid: key.kid }] as const;
  });
  return new Map(await Promise.all(made));
}
