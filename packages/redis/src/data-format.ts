import type { Redis } from 'ioredis';
import { keyUnder } from './keys.ts';

/** The form of all that is kept in Redis. Raised when a release cannot read what the one before has written. */
const FORMAT = '2';

/** Thrown at start for a Redis whose data another release wrote in a form that this one does not know. */
export class OtherDataFormatError extends Error {
  constructor(found: string | null) {
    super(
      `Redis holds data that another release of Reelay wrote (format ${found ?? '1'}; this release reads ${FORMAT}). ` +
        'Run that release until its tasks have ended and their webhooks are delivered, then give this one an empty Redis and make callers and keys anew; ' +
        'with `npm start`, set REELAY_DATA_DIR to another folder.',
    );
    this.name = 'OtherDataFormatError';
  }
}

/**
 * Refuses data of another form, before a task or a caller is written beside it, and marks an empty Redis with this release's. For the
 * start of every process that writes. Throws {@link OtherDataFormatError}.
 */
export async function requireDataFormat(redis: Redis, tag: string): Promise<void> {
  const mark = keyUnder(tag, 'format');
  // Looked at before the mark is read: who wrote them meanwhile has set it before.
  const holdsData = (await redis.exists(keyUnder(tag, 'tasks'), keyUnder(tag, 'callers'))) > 0;
  const found = await redis.get(mark);
  if (found === FORMAT) return;
  if (holdsData) throw new OtherDataFormatError(found);
  await redis.set(mark, FORMAT);
}
