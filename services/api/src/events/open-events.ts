import { type CallerEvents, eventsChannel, readCallerEvents } from '@reelay/tasks';
import type { Redis } from 'ioredis';
import { createHub, type Hub } from './hub.ts';
import { createOpenStreams, type OpenStreams, STREAM_LIMITS, type StreamLimits } from './open-streams.ts';

/** Hearing of events as they happen, for streams and for requests that wait. */
export interface Events {
  readonly hub: Hub;
  readonly streams: OpenStreams;
  /** A page of a caller's events after a place; without one only where the newest stands. */
  readCaller(about: { caller: string; after: string | undefined; limit: number }): Promise<CallerEvents>;
}

/** `subscriber` is for this alone, waits for Redis as long as it takes, and ends with the hub; `redis` is read from. */
export function openEvents(about: {
  redis: Redis;
  subscriber: Redis;
  tag: string;
  log: { error(fields: object, message: string): void };
  limits?: Partial<StreamLimits> | undefined;
}): Events {
  const { redis, subscriber, tag, log } = about;
  return {
    hub: createHub({ subscriber, channel: eventsChannel(tag), log }),
    streams: createOpenStreams({ ...STREAM_LIMITS, ...about.limits }),
    readCaller: (wanted) => readCallerEvents(redis, tag, wanted),
  };
}
