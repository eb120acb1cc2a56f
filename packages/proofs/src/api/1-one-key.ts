import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TAG, keyUnder } from '@reelay/redis';
import { idsInEntry } from '@reelay/tasks';
import { between, type Reelay, seededRandom, startReelay } from '@reelay/testing';
import { Redis } from 'ioredis';
import { addCaller } from '../house/callers.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const AT_ONCE = 100;
const TRY_AGAIN_MS = 100;
const KILL_AFTER_MS = { least: 1, most: 60 };

/** One way to make a task: the request of the round, and others under the same key that must be told apart. */
interface Way {
  readonly name: string;
  readonly mine: Call;
  /** The same key with something else in it: 422. */
  readonly other: Call;
  /** Somebody else's request with the same key: a task of its own. */
  readonly theirs: Call;
}

interface Call {
  readonly path: string;
  readonly key: string;
  readonly body: object;
}

interface Answer {
  readonly status: number;
  readonly id: string;
  readonly replayed: boolean;
}

/** The same request from many clients at once, each repeated until it is told, while the api is killed. */
export function oneKey(about: { rounds: number; killEvery: number; seed: number }): Proof {
  return {
    title: `${AT_ONCE} identical submits with one key, ${about.rounds} rounds, with SIGKILLs of the api: one task each; the same for retry`,
    async run(say): Promise<Figures> {
      // Without workers every task stays where it was put, so that they can be counted.
      const house = await startReelay({ workers: 0 });
      const redis = new Redis(house.redis.url);
      const random = seededRandom(about.seed);
      const figures: Record<string, number> = { rounds: 0, kills: 0, requests: 0, told_again: 0, wrong: 0 };
      const count = (name: string, by = 1): void => {
        figures[name] = (figures[name] ?? 0) + by;
      };
      try {
        for (const way of await waysOf(house, redis)) {
          for (let round = 0; round < about.rounds; round++) {
            const killed = round % about.killEvery === 0;
            const idempotencyKey = `${way.name}-${round}`;
            const before = await countTasks(redis);
            const all = Promise.all(
              Array.from({ length: AT_ONCE }, () => untilTold(house, way.mine, idempotencyKey, count)),
            );
            if (killed) await killAndStart(house, between(random, KILL_AFTER_MS));
            const answers = await all;
            const mine = await countTasks(redis);
            const other = await untilTold(house, way.other, idempotencyKey, count);
            const theirs = await untilTold(house, way.theirs, idempotencyKey, count);
            const ids = new Set(answers.map(({ id }) => id));
            const right =
              mine === before + 1 &&
              ids.size === 1 &&
              answers.every(({ status }) => status < 300) &&
              other.status === 422 &&
              theirs.status < 300 &&
              !ids.has(theirs.id) &&
              (await countTasks(redis)) === before + 2;
            if (!right) {
              count('wrong');
              say(`${way.name}, round ${round}: ${mine - before} tasks, ${[...ids]}, other ${other.status}`);
            }
            count('rounds');
            count('kills', killed ? 1 : 0);
            count('told_again', answers.filter(({ replayed }) => replayed).length);
          }
          say(`${way.name}: ${about.rounds} rounds`);
        }
        return show(figures, {
          'every round made exactly one task, and one of the other caller': figures['wrong'] === 0,
          'both ways were tried': figures['rounds'] === 2 * about.rounds,
          'the api was killed': (figures['kills'] ?? 0) > 0,
          'requests were cut off and repeated': (figures['no_answer'] ?? 0) > 0,
        });
      } finally {
        redis.disconnect();
        await house.stop();
      }
    },
  };
}

async function waysOf(house: Reelay, redis: Redis): Promise<Way[]> {
  const stranger = await addCaller(house, redis, 'stranger');
  const submit = (key: string, prompt = 'A lake'): Call => ({
    path: '/v1/tasks/submit',
    key,
    body: { model: 'openai/sora-2/text-to-video', input: { prompt } },
  });
  const final = async (key: string): Promise<Call> => {
    const { id } = await ask(house, submit(key));
    const canceled = await ask(house, { path: `/v1/tasks/${id}/cancel`, key, body: {} });
    if (canceled.status !== 200) throw new Error(`A task to be retried could not be canceled: ${canceled.status}`);
    return { path: `/v1/tasks/${id}/retry`, key, body: {} };
  };
  return [
    {
      name: 'submit',
      mine: submit(house.key),
      other: submit(house.key, 'A mountain'),
      theirs: submit(stranger.key),
    },
    { name: 'retry', mine: await final(house.key), other: await final(house.key), theirs: await final(stranger.key) },
  ];
}

async function countTasks(redis: Redis): Promise<number> {
  const entries = await redis.xrange(keyUnder(DEFAULT_TAG, 'tasks'), '-', '+');
  return entries.flatMap(([, words]) => idsInEntry(words)).length;
}

async function killAndStart(house: Reelay, afterMs: number): Promise<void> {
  await sleep(afterMs);
  const [api] = house.running('api');
  api?.kill('SIGKILL');
  await api?.exited;
  await house.start('api');
}

/** A client of its time: repeats the request under its key until somebody says what became of it. */
async function untilTold(
  house: Reelay,
  call: Call,
  idempotencyKey: string,
  count: (name: string) => void,
): Promise<Answer> {
  for (;;) {
    const answer = await ask(house, call, idempotencyKey).catch(() => undefined);
    count('requests');
    if (!answer) count('no_answer');
    else if (answer.status < 500) return answer;
    await sleep(TRY_AGAIN_MS);
  }
}

async function ask(house: Reelay, { path, key, body }: Call, idempotencyKey?: string): Promise<Answer> {
  const answer = await fetch(`${house.apiUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: key,
      'content-type': 'application/json',
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const { id = '', output } = (await answer.json()) as { id?: string; output?: { task_id: string } };
  const replayed = answer.headers.get('idempotency-replayed') === 'true';
  return { status: answer.status, id: output?.task_id ?? id, replayed };
}
