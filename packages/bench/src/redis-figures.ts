import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { median } from './figures.ts';

/** Calls and microseconds so far, by command. Commands inside scripts count too. */
export type CommandFigures = Readonly<Record<string, { readonly calls: number; readonly us: number }>>;

export async function commandFigures(redis: Redis): Promise<CommandFigures> {
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm);
  return Object.fromEntries(
    [...lines].map(([, name = '', calls, us]) => [name, { calls: Number(calls), us: Number(us) }]),
  );
}

/** What came on top since `before`. */
export function commandsSince(before: CommandFigures, after: CommandFigures): CommandFigures {
  const grown = Object.entries(after).map(([name, { calls, us }]) => [
    name,
    { calls: calls - (before[name]?.calls ?? 0), us: us - (before[name]?.us ?? 0) },
  ]);
  return Object.fromEntries(grown);
}

/** How often the server read from a socket: close to the round trips of its clients. */
export async function readsProcessed(redis: Redis): Promise<number> {
  return Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

const SAMPLES = 3;
const BETWEEN_SAMPLES_MS = 300;

/**
 * Bytes of what is stored: used memory without the buffers of clients and AOF and without the streams of events, which are
 * capped and so are no cost per task. Median of three looks.
 */
export async function storedBytes(redis: Redis): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < SAMPLES; n++) {
    if (n > 0) await sleep(BETWEEN_SAMPLES_MS);
    const info = await redis.info('memory');
    const bytes = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1]);
    samples.push(bytes('used_memory') - bytes('mem_clients_normal') - bytes('mem_aof_buffer'));
  }
  return median(samples) - (await eventBytes(redis));
}

/** Ours per caller and BullMQ's per queue. */
async function eventBytes(redis: Redis): Promise<number> {
  let [sum, cursor] = [0, '0'];
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', '*:events', 'COUNT', 1_000, 'TYPE', 'stream');
    const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
    sum += sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
    cursor = next;
  } while (cursor !== '0');
  return sum;
}
