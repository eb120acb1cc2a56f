import type { TaskList } from '@reelay/contracts';
import type { Redis } from 'ioredis';
import type { Client } from '../house/callers.ts';

const LIMIT = 100;
/** Pages whose Redis time is measured together. */
const BLOCK = 10;

/** What the pages of one list cost. */
export interface Costs {
  /** Per page: milliseconds for its client. */
  readonly ms: number[];
  /** Per block of pages: microseconds that Redis worked for one of them. */
  readonly redisUs: number[];
}

interface List {
  /** The ids of the next page; undefined after the last one. Then it begins anew. */
  next(): Promise<readonly string[] | undefined>;
}

/** A list of `client`, 100 tasks a page. */
export function openList(client: Pick<Client, 'apiUrl' | 'key'>, query: string): List {
  let cursor: string | null = '';
  return {
    async next() {
      if (cursor === null) {
        cursor = '';
        return undefined;
      }
      const page: TaskList = await readPage(client, `limit=${LIMIT}${query}${cursor && `&cursor=${cursor}`}`);
      cursor = page.next_cursor;
      return page.data.map(({ id }) => id);
    },
  };
}

/**
 * All pages of the long list, in turns with pages of the short one, which is read again and again: so that whatever else
 * the machine does weighs on both alike.
 */
export async function walkSideBySide(long: List, short: List, redis: Redis) {
  const ids: string[] = [];
  const costs: { long: Costs; short: Costs } = { long: { ms: [], redisUs: [] }, short: { ms: [], redisUs: [] } };
  for (let over = false; !over; ) {
    over = await readBlock(long, costs.long, { redis, onPage: (page) => ids.push(...page) });
    await readBlock(short, costs.short, { redis, onPage() {} });
  }
  return { ids, ...costs };
}

/** A block of pages, or what is left of the list; true at its end. */
async function readBlock(
  list: List,
  costs: Costs,
  { redis, onPage }: { redis: Redis; onPage(ids: readonly string[]): void },
): Promise<boolean> {
  const before = await redisTime(redis);
  let [pages, over] = [0, false];
  while (pages < BLOCK && !over) {
    const from = performance.now();
    const page = await list.next();
    over = page === undefined;
    if (!page) break;
    costs.ms.push(performance.now() - from);
    onPage(page);
    pages++;
  }
  if (pages > 0) costs.redisUs.push(((await redisTime(redis)) - before) / pages);
  return over;
}

async function readPage({ apiUrl, key }: Pick<Client, 'apiUrl' | 'key'>, query: string): Promise<TaskList> {
  const answer = await fetch(`${apiUrl}/v1/tasks?${query}`, {
    headers: { authorization: key },
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status !== 200) throw new Error(`GET /v1/tasks?${query} answered ${answer.status}`);
  return (await answer.json()) as TaskList;
}

/**
 * Microseconds that Redis has worked for what a list sends: its script, and the reads of records and of how far their
 * polling is. Tasks that are added meanwhile count too; they are few.
 */
async function redisTime(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const usecs = [...stats.matchAll(/cmdstat_(?:evalsha|hgetall|hget|zscore):calls=\d+,usec=(\d+)/g)];
  return usecs.reduce((sum, [, usec]) => sum + Number(usec), 0);
}
