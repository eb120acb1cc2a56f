import { percentile } from '@reelay/bench';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { idsInEntry } from '@reelay/tasks';
import { startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { addCaller } from '../house/callers.ts';
import { addKeys } from '../house/strangers.ts';
import { type Figures, type Proof, show } from '../proof.ts';
import { OTHER, openSeeder, RARE, type Seeded } from './seed-tasks.ts';
import { type Costs, openList, walkSideBySide } from './side-by-side.ts';

const FIRST = 1_000;
const MOST_TIMES = 3;
const ADD_EVERY_MS = 10;

/** A question to the list, and which of the seeded tasks are its answer. */
interface Filter {
  readonly name: string;
  readonly query: string;
  readonly isAdmin?: boolean;
  /** Its tasks have an index that orders those of one millisecond by their ids, not by their acceptance. */
  readonly byCreation?: boolean;
  fits(task: Seeded, createdAt: number): boolean;
}

/** A seeded task's place in the list; unix milliseconds. */
interface Placed {
  readonly id: string;
  readonly createdAt: number;
}

const isOwn = ({ caller }: Seeded) => caller === 'tests';

function filtersOf(middle: number): Filter[] {
  const time = new Date(middle).toISOString();
  const of = (name: string, query: string, fits: Filter['fits']): Filter => ({
    name,
    query,
    fits: (task, createdAt) => isOwn(task) && fits(task, createdAt),
  });
  return [
    of('none', '', () => true),
    of('status=queued', '&status=queued', ({ status }) => status === 'queued'),
    of('status=canceled', '&status=canceled', ({ status }) => status === 'canceled'),
    { ...of('status=failed', '&status=failed', ({ status }) => status === 'failed'), byCreation: true },
    { ...of('status=expired', '&status=expired', ({ status }) => status === 'expired'), byCreation: true },
    of('status=running (1 in 500)', '&status=running', ({ status }) => status === 'running'),
    of('model (1 in 2)', `&model=${OTHER}`, ({ model }) => model === OTHER),
    of('model (1 in 500)', `&model=${RARE}`, ({ model }) => model === RARE),
    of('status and model', `&status=canceled&model=${OTHER}`, (t) => t.status === 'canceled' && t.model === OTHER),
    of('created_after', `&created_after=${time}`, (_task, createdAt) => createdAt > middle),
    of('created_before', `&created_before=${time}`, (_task, createdAt) => createdAt < middle),
    { name: 'admin, all callers', query: '', isAdmin: true, fits: () => true },
    {
      name: 'admin, one caller',
      query: '&caller=stranger',
      isAdmin: true,
      fits: ({ caller }) => caller === 'stranger',
    },
  ];
}

/** Pages through a list of `tasks` and one of 1,000 side by side, with every filter, while tasks are added. */
export function longList({ tasks }: { tasks: number }): Proof {
  return {
    title: `a list of ${tasks} tasks pages through without gaps or repeats while tasks are added, at <= ${MOST_TIMES}x the cost`,
    async run(say): Promise<Figures> {
      const house = await startReelay({ workers: 0 });
      const redis = new Redis(house.redis.url);
      const seeder = openSeeder(house.redis.url);
      try {
        await addCaller(house, redis, 'stranger');
        const small = await addCaller(house, redis, 'small');
        const operator = (await addKeys(redis, 'operator', [['admin']])).get('admin')?.key ?? '';
        await seeder.seed(FIRST, 'small');
        const seeded = await seeder.seed(tasks);
        const order = await readOrder(redis, 'tasks');
        const first = await readOrder(redis, 'caller', 'small', 'tasks');
        say(`${seeded.length} tasks are there, and ${first.length} of a caller of their own`);

        const adding = addSteadily(seeder);
        const shortOnes = filtersOf(first[FIRST / 2]?.createdAt ?? 0);
        const costs: Cost[] = [];
        let wrong = 0;
        for (const [index, filter] of filtersOf(order[tasks / 2]?.createdAt ?? 0).entries()) {
          const { query = '' } = shortOnes[index] ?? {};
          const long = openList({ ...house, key: filter.isAdmin ? operator : house.key }, filter.query);
          const short = filter.isAdmin
            ? openList({ ...house, key: operator }, '&caller=small')
            : openList(small, query);
          const walk = await walkSideBySide(long, short, redis);
          const verdict = faultsOf(walk.ids, { filter, seeded, order });
          if (verdict) say(`${filter.name}: ${verdict}`);
          wrong += verdict ? 1 : 0;
          const cost = costOf(filter.name, walk.short, walk.long);
          costs.push(cost);
          say(`${filter.name}: ${cost.pages} pages, ${cost.text}`);
        }
        const added = await adding.stop();
        const worst = (pick: (cost: Cost) => number) => Math.round(Math.max(...costs.map(pick)) * 100) / 100;
        const figures = {
          tasks: seeded.length,
          added_meanwhile: added,
          filters: costs.length,
          pages: costs.reduce((sum, { pages }) => sum + pages, 0),
          lists_with_gaps_or_repeats: wrong,
          worst_ratio_of_redis_time: worst(({ redisRatio }) => redisRatio),
          worst_ratio_of_redis_time_at_the_end: worst(({ deepRatio }) => deepRatio),
          worst_ratio_of_page_p50: worst(({ msRatio }) => msRatio),
          worst_page_ms: worst(({ maxMs }) => maxMs),
        };
        return show(figures, {
          'no list had a gap or a repeat': wrong === 0,
          'tasks were added meanwhile': added > 0,
          [`Redis works at most ${MOST_TIMES}x as long for a page`]: figures.worst_ratio_of_redis_time <= MOST_TIMES,
          'and so at the end of the list': figures.worst_ratio_of_redis_time_at_the_end <= MOST_TIMES,
          [`a page takes its client at most ${MOST_TIMES}x as long`]: figures.worst_ratio_of_page_p50 <= MOST_TIMES,
        });
      } finally {
        await seeder.close();
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

/** The tasks of an index as the store keeps them, newest first. */
async function readOrder(redis: Redis, ...index: string[]): Promise<Placed[]> {
  const entries = await redis.xrevrange(keyUnder(DEFAULT_TAG, ...index), '+', '-');
  return entries.flatMap(([place, words]) =>
    idsInEntry(words)
      .toReversed()
      .map((id) => ({ id, createdAt: Number.parseInt(place, 10) })),
  );
}

function byCreation(a: Placed, b: Placed): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}

/** A sentence when the list is not exactly the seeded tasks that fit, each once, in the order of the index. */
function faultsOf(
  ids: readonly string[],
  about: { filter: Filter; seeded: readonly Seeded[]; order: readonly Placed[] },
): string | undefined {
  const known = new Map(about.seeded.map((task) => [task.id, task]));
  const order = about.filter.byCreation ? about.order.toSorted(byCreation) : about.order;
  const expected = order.flatMap(({ id, createdAt }) => {
    const task = known.get(id);
    return task && about.filter.fits(task, createdAt) ? [id] : [];
  });
  const seen = ids.filter((id) => known.has(id)); // the rest came while we read
  if (new Set(ids).size !== ids.length) return `${ids.length - new Set(ids).size} tasks came twice`;
  if (seen.length !== expected.length) return `${seen.length} tasks came, ${expected.length} fit`;
  const at = seen.findIndex((id, i) => id !== expected[i]);
  return at < 0 ? undefined : `at ${at} came ${seen[at]}, not ${expected[at]}`;
}

interface Cost {
  readonly name: string;
  readonly pages: number;
  readonly redisRatio: number;
  /** Of the last tenth of the list. */
  readonly deepRatio: number;
  readonly msRatio: number;
  readonly maxMs: number;
  readonly text: string;
}

function costOf(name: string, short: Costs, long: Costs): Cost {
  const [shortUs, longUs] = [percentile(short.redisUs, 0.5), percentile(long.redisUs, 0.5)];
  const [shortMs, longMs] = [percentile(short.ms, 0.5), percentile(long.ms, 0.5)];
  const deepUs = percentile(long.redisUs.slice(-Math.max(3, long.redisUs.length / 10)), 0.5);
  const maxMs = Math.max(...long.ms);
  const text = `Redis ${Math.round(shortUs)} -> ${Math.round(longUs)} us (deepest ${Math.round(deepUs)}), p50 ${shortMs.toFixed(1)} -> ${longMs.toFixed(1)} ms, max ${maxMs.toFixed(1)} ms`;
  const ratios = { redisRatio: longUs / shortUs, deepRatio: deepUs / shortUs, msRatio: longMs / shortMs };
  return { name, pages: long.ms.length, ...ratios, maxMs, text };
}

/** New tasks of the caller, all the while, until it is stopped; gives how many. */
function addSteadily(seeder: ReturnType<typeof openSeeder>): { stop(): Promise<number> } {
  const added: Promise<string>[] = [];
  const timer = setInterval(() => added.push(seeder.accept({ caller: 'tests', model: OTHER })), ADD_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      return (await Promise.all(added)).length;
    },
  };
}
