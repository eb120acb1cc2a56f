import { percentile } from '@reelay/bench';
import type { Scope } from '@reelay/contracts';
import { eventually, getTask, type Reelay, startReelay, submitTask } from '@reelay/testing';
import { Redis } from 'ioredis';
import { submitAccepted } from '../house/accepted.ts';
import { type Operation, readOperations } from '../house/operations.ts';
import { addKeys } from '../house/strangers.ts';
import { type Figures, type Proof, show } from '../proof.ts';
import { type Ids, requestsFor, type Wanted } from './foreign-requests.ts';

const SCOPES: readonly (readonly Scope[])[] = [
  ['read'],
  ['submit'],
  ['read', 'submit'],
  ['admin'],
  ['read', 'submit', 'admin'],
];
const ROUNDS = 3;
const MOST_RATIO = 1.25;
const NEVER: Ids = {
  task: 'task_0VCcGn8ibW4kPz7LmX2cRd',
  upstreamTask: 'upstream-never',
  upstreamTaskInFlight: 'upstream-never-in-flight',
  caller: 'never',
  kid: 'neverneverxx',
};

/** A stranger asks for everything of somebody else in every way that the api documents, and for what never was. */
export function foreignIds({ timed }: { timed: number }): Proof {
  return {
    title: 'every route x the ids of another caller x every scope: no leak, not even by time',
    async run(say): Promise<Figures> {
      const house = await startReelay();
      const redis = new Redis(house.redis.url);
      try {
        const owned = await makeOwned(house, redis);
        const strangers = await addKeys(redis, 'stranger', SCOPES);
        const operations = await readOperations(house.apiUrl);
        const before = await getTask(house, owned.task);

        const differences: string[] = [];
        let compared = 0;
        for (const [scopes, { key }] of strangers) {
          for (const { foreign, never } of pairsFor(operations, owned, scopes)) {
            compared++;
            const [one, other] = [await tell(house, key, foreign), await tell(house, key, never)];
            if (one !== other) differences.push(`${scopes}: ${foreign.method} ${foreign.path}\n  ${one}\n  ${other}`);
          }
        }
        for (const difference of differences) say(difference);
        say(`${compared} pairs of requests compared`);

        const key = strangers.get('read submit')?.key ?? '';
        const ratios = new Map<string, number>();
        for (const { foreign, never } of timed > 0 ? pairsFor(operations, owned, 'read submit') : []) {
          const name = `${foreign.method} ${foreign.path.replace(owned.task, '…')}`;
          ratios.set(name, await ratioOf(house, { key, foreign, never, count: timed }));
          say(`${name}: ${ratios.get(name)?.toFixed(3)}`);
        }

        const stranger = { apiUrl: house.apiUrl, key };
        const told = await askAround(house, stranger);
        const figures = {
          operations: operations.length,
          sets_of_scopes: strangers.size,
          pairs_compared: compared,
          different_answers: differences.length,
          routes_timed: ratios.size,
          requests_timed: ratios.size * 2 * timed,
          worst_ratio_of_medians: Math.round(Math.max(1, ...ratios.values()) * 1_000) / 1_000,
          ...told,
        };
        return show(figures, {
          'every answer is the same, byte for byte': differences.length === 0 && compared > 30,
          [`medians differ by at most ${MOST_RATIO}`]: figures.worst_ratio_of_medians <= MOST_RATIO,
          'the owner’s task is as it was': JSON.stringify(await getTask(house, owned.task)) === JSON.stringify(before),
          'no list and no stream of the stranger names a task of the owner': told.foreign_ids_seen === 0,
          'the stranger’s own stream does speak': told.own_events_seen > 0,
          'the same Idempotency-Key is another one for another caller': told.keys_kept_apart,
        });
      } finally {
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

/** A finished task with a delivery, one that the upstream has, and a key, of the caller that every house has. */
async function makeOwned(house: Reelay, redis: Redis): Promise<Ids> {
  const inbox = `${house.simulatorUrl}/inbox/owner`;
  const idempotencyKey = 'shared-by-chance';
  const task = await submitAccepted(house, { prompt: '[takes=100ms]', webhookUrl: inbox, idempotencyKey });
  await eventually(async () => {
    if ((await getTask(house, task))?.status !== 'succeeded') throw new Error(`${task} has not succeeded`);
  });
  const inFlight = await submitAccepted(house, { prompt: '[takes=1h]' });
  const upstreamTaskInFlight = await eventually(async () => {
    const id = (await getTask(house, inFlight))?.upstream_task_id;
    if (!id) throw new Error(`${inFlight} was not submitted`);
    return id;
  });
  const keys = await addKeys(redis, 'tests', [['read']]);
  const upstreamTask = (await getTask(house, task))?.upstream_task_id ?? '';
  return { task, upstreamTask, upstreamTaskInFlight, caller: 'tests', kid: keys.get('read')?.kid ?? '' };
}

/** What a key with these scopes is not meant to see. `admin` is meant to read every task and to administer every caller. */
function pairsFor(operations: readonly Operation[], owned: Ids, scopes: string): { foreign: Wanted; never: Wanted }[] {
  const isAdmin = scopes.includes('admin');
  const meantToSee = ({ method, path }: Operation) => isAdmin && (method === 'GET' || path.startsWith('/v1/admin/'));
  return operations
    .filter((operation) => !meantToSee(operation))
    .flatMap((operation) => {
      const never = requestsFor(operation, NEVER);
      return requestsFor(operation, owned).map((foreign, i) => ({ foreign, never: never[i] ?? foreign }));
    });
}

async function ask({ apiUrl }: Pick<Reelay, 'apiUrl'>, key: string, { method, path, body, headers }: Wanted) {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      authorization: key,
      'x-request-id': 'same',
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  return { answer, text: await answer.text() };
}

/** All that an answer tells: status, fields and body. */
async function tell(house: Reelay, key: string, wanted: Wanted): Promise<string> {
  const { answer, text } = await ask(house, key, wanted);
  const fields = [...answer.headers].filter(([name]) => name !== 'date');
  return JSON.stringify([answer.status, fields, text]);
}

/** Of the medians of requests that alternate, the larger by the smaller. A true difference stays in every round, noise does not. */
async function ratioOf(
  house: Reelay,
  { key, count, ...pair }: { key: string; foreign: Wanted; never: Wanted; count: number },
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && best > MOST_RATIO; round++) {
    const times = { foreign: [] as number[], never: [] as number[] };
    for (let n = 0; n < 2 * count; n++) {
      const which = n % 2 === 0 ? 'foreign' : 'never';
      const from = performance.now();
      await ask(house, key, pair[which]);
      times[which].push(performance.now() - from);
    }
    const [low = 1, high = 1] = [percentile(times.foreign, 0.5), percentile(times.never, 0.5)].toSorted(
      (a, b) => a - b,
    );
    best = Math.min(best, high / low);
  }
  return best;
}

/** Lists, streams, and an Idempotency-Key that two callers chose alike. */
async function askAround(house: Reelay, stranger: { apiUrl: string; key: string }) {
  const streamed = await listenTo(stranger, '/v1/events');
  const idempotencyKey = 'shared-by-chance';
  const own = await submitTask(stranger, { prompt: '[takes=100ms] of the stranger', idempotencyKey });
  const foreign = await submitAccepted(house, { prompt: '[takes=100ms]' });
  const ownId = own.outcome === 'accepted' ? own.taskId : 'none';
  await eventually(async () => {
    const ended = [await getTask(stranger, ownId), await getTask(house, foreign)];
    if (ended.some((task) => task?.status !== 'succeeded')) throw new Error('The two tasks have not succeeded');
  });
  await eventually(() => {
    if (!streamed.text().includes(ownId)) throw new Error(`The stream does not name ${ownId}`);
  });
  streamed.close();

  const ownersList = JSON.parse((await ask(house, house.key, { method: 'GET', path: '/v1/tasks?limit=1' })).text) as {
    data: { id: string }[];
    next_cursor: string | null;
  };
  const cursor = encodeURIComponent(ownersList.next_cursor ?? '');
  const paths = ['/v1/tasks', '/v1/tasks?status=succeeded', `/v1/tasks?cursor=${cursor}`, '/v1/webhook'];
  const lists = await Promise.all(
    paths.map(async (path) => (await ask(stranger, stranger.key, { method: 'GET', path })).text),
  );
  const foreignIds = [foreign, ...ownersList.data.map(({ id }) => id)];
  const seen = [...lists, streamed.text()].filter((text) => foreignIds.some((id) => text.includes(id)));
  return {
    foreign_ids_seen: seen.length,
    own_events_seen: streamed.text().split(ownId).length - 1,
    keys_kept_apart: own.outcome === 'accepted' && !own.replayed,
  };
}

/** Reads a stream of events until it is closed. */
async function listenTo({ apiUrl, key }: { apiUrl: string; key: string }, path: string) {
  const giveUp = new AbortController();
  const headers = { authorization: key, accept: 'text/event-stream' };
  const { body } = await fetch(`${apiUrl}${path}`, { headers, signal: giveUp.signal });
  const decoder = new TextDecoder();
  let heard = '';
  const reading = (async () => {
    for await (const bytes of body ?? []) heard += decoder.decode(bytes, { stream: true });
  })().catch(() => undefined); // closed by us
  return {
    text: () => heard,
    close() {
      giveUp.abort();
      return reading;
    },
  };
}
