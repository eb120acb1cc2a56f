import type { Redis } from 'ioredis';

/** The last caller of a page. It needs not be there any more. `createdAt` is unix milliseconds. */
export interface CallerPosition {
  readonly createdAt: number;
  readonly id: string;
}

export const PAGE = 100;

/**
 * At most {@link PAGE} members of the index of callers after a position, by creation. By score and member, not by rank:
 * what is deleted meanwhile moves nobody out of the pages that follow.
 */
export async function pageOf(
  redis: Redis,
  index: string,
  from: CallerPosition | undefined,
): Promise<readonly CallerPosition[]> {
  if (from === undefined) return positionsIn(await redis.zrange(index, '0', String(PAGE - 1), 'WITHSCORES'));
  const { createdAt } = from;
  const [together, later] = await Promise.all([
    redis.zrangebyscore(index, createdAt, createdAt), // made in the same millisecond, ordered by their ids
    redis.zrangebyscore(index, `(${createdAt}`, '+inf', 'WITHSCORES', 'LIMIT', 0, PAGE),
  ]);
  const rest = together.filter((id) => id > from.id).map((id) => ({ createdAt, id }));
  return [...rest, ...positionsIn(later)].slice(0, PAGE);
}

/** Out of `[id, score, id, score, …]`. */
function positionsIn(flat: readonly string[]): CallerPosition[] {
  const positions: CallerPosition[] = [];
  for (let i = 0; i < flat.length; i += 2) positions.push({ id: flat[i] ?? '', createdAt: Number(flat[i + 1]) });
  return positions;
}
