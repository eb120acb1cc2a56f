import { createCallers, createKeys, ensureDevCaller } from '@reelay/callers';
import { connectPatiently, DEFAULT_TAG, OtherDataFormatError, requireDataFormat } from '@reelay/redis';
import type { Output } from './output.ts';
import { Refusal } from './refusal.ts';

const WITHIN_MS = 10_000;

/**
 * Makes the caller `dev` with its well-known key before the processes start. Gives the secret that signs its webhooks.
 * Throws Refusal when Redis does not answer within 10 s, and when it holds data of another release's form.
 */
export async function makeDevCaller(options: {
  redisUrl: string;
  secretKey: Buffer;
  output: Output;
  now(): number;
  randomBytes(size: number): Buffer;
}): Promise<{ webhookSecret: string }> {
  const { redisUrl, secretKey, output, now, randomBytes } = options;
  const log = {
    warn: (fields: object, text: string) => output.say('warn', text, fields),
    info: (fields: object, text: string) => output.say('info', text, fields),
  };
  const redis = connectPatiently(redisUrl, log);
  const deps = { redis, tag: DEFAULT_TAG, now, randomBytes };
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Refusal(unreachable(redisUrl))), WITHIN_MS);
  const make = async () => {
    await requireDataFormat(redis, DEFAULT_TAG); // the caller is the first that is written
    return ensureDevCaller(createCallers({ ...deps, secretKey }), createKeys(deps));
  };
  try {
    return await Promise.race([make(), tooLate]);
  } catch (error) {
    if (error instanceof OtherDataFormatError) throw new Refusal(error.message);
    throw error;
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

/** Without the password that the URL may hold. */
function unreachable(redisUrl: string): string {
  const { host } = new URL(redisUrl);
  return `Redis at ${host} did not answer within ${WITHIN_MS / 1_000} s. Check REDIS_URL, or unset it to have a local Redis run.`;
}
