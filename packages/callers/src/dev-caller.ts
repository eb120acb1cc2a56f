import type { Callers } from './callers.ts';
import type { Keys } from './keys.ts';

export const DEV_CALLER = 'dev';
export const DEV_KEY = 'rk_dev_local';

/**
 * Makes the caller `dev` with the key `rk_dev_local`, for `npm start` only; a second call changes nothing. Gives its
 * webhook secret, so that the inbox can say whether a signature is right.
 */
export async function ensureDevCaller(callers: Callers, keys: Keys): Promise<{ webhookSecret: string }> {
  await callers.create({ id: DEV_CALLER, name: 'The developer of npm start' });
  const key = await keys.write(DEV_CALLER, { kid: 'dev', secret: 'local' }, { scopes: ['read', 'submit', 'admin'] });
  const secret = (await callers.webhookOf(DEV_CALLER))?.secrets[0];
  if (typeof key === 'string' || !secret) {
    throw new Error(
      'The caller dev was deleted and its tasks are still kept, so it cannot be made again: start with an empty Redis',
    );
  }
  return { webhookSecret: secret };
}
