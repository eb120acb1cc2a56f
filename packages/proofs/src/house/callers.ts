import { randomBytes } from 'node:crypto';
import { type Callers, createCallers, createKeys } from '@reelay/callers';
import { DEVELOPMENT_SECRET_KEY } from '@reelay/config';
import { DEFAULT_TAG } from '@reelay/redis';
import type { Reelay } from '@reelay/testing';
import type { Redis } from 'ioredis';

/** A caller as {@link submitTask} wants it, beside the one that every house has. */
export type Client = Pick<Reelay, 'apiUrl' | 'key' | 'webhookSecret'>;

const now = (): number => Date.now();

/** The callers as the processes of a house keep them: outside production all have the same secret key. */
function callersIn(redis: Redis): Callers {
  return createCallers({ redis, tag: DEFAULT_TAG, secretKey: DEVELOPMENT_SECRET_KEY, now, randomBytes });
}

/** One more caller with a key of its own. */
export async function addCaller(house: Reelay, redis: Redis, id: string): Promise<Client> {
  const caller = await callersIn(redis).create({ id });
  const key = await createKeys({ redis, tag: DEFAULT_TAG, now, randomBytes }).create(id, {
    scopes: ['read', 'submit'],
  });
  if (!caller || typeof key === 'string') throw new Error(`The caller ${id} could not be made`);
  return { apiUrl: house.apiUrl, key: key.key, webhookSecret: caller.webhook_secret };
}
