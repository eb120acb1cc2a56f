import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Reelay, seededRandom, startReelay, submitTask } from '@reelay/testing';
import { closeBooks, markerOf } from '../house/books.ts';
import { type Sent, startTraffic } from '../house/traffic.ts';
import { type Proof, show } from '../proof.ts';

const LIVES_MS = { least: 400, most: 1_200 };
const CLIENTS_WITH_KEY = 12;
const TRY_AGAIN_MS = 150;

/** SIGKILLs the api while clients submit, some with an Idempotency-Key (they repeat until they are told), some without. */
export function apiKills(about: { kills: number; seed: number }): Proof {
  return {
    title: `${about.kills} SIGKILLs of the api under load: every 2xx ends, a repeated key is one task`,
    async run(say) {
      const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '1s' }, workers: 2 });
      const random = seededRandom(about.seed);
      try {
        const withoutKey = startTraffic(house, { perSecond: 25, name: 'bare', timeoutMs: 5_000 });
        const withKey = startKeyedClients(house);
        for (let kill = 1; kill <= about.kills; kill++) {
          await sleep(between(random, LIVES_MS));
          const [api] = house.running('api');
          api?.kill('SIGKILL');
          await api?.exited;
          await house.start('api');
          if (kill % 10 === 0) say(`${kill} kills`);
        }
        const sent = [...(await withoutKey.stop()), ...(await withKey.stop())];
        const { tasks, verdict, mostPosts } = await closeBooks(house, sent, { withinMs: 120_000 });
        for (const violation of verdict.violations.slice(0, 10)) say(JSON.stringify(violation));

        const bare = sent.filter(({ marker }) => marker.startsWith('bare'));
        const told = (word: string) => bare.filter((one) => one.told.outcome === word).length;
        const keyedMarkers = new Set(sent.filter((one) => one.idempotencyKey).map(({ marker }) => marker));
        const figures = {
          kills: about.kills,
          requests: sent.length,
          tasks: tasks.length,
          violations: verdict.violations.length,
          most_posts_per_task: mostPosts,
          keyed_clients: keyedMarkers.size,
          keyed_tasks: tasks.filter((task) => keyedMarkers.has(markerOf(task))).length,
          bare_2xx: told('accepted'),
          bare_accept_unknown: told('accept_unknown'),
          bare_no_answer: told('no_answer'),
          bare_tasks: tasks.filter((task) => markerOf(task).startsWith('bare')).length,
          bare_tasks_of_no_answer: verdict.figures.tasksOfNoAnswer,
        };
        return show(figures, {
          'the three ledgers agree': verdict.ok,
          'a client with a key has one task': figures.keyed_tasks === figures.keyed_clients,
          'clients were cut off': figures.bare_no_answer > 0,
          // A kill between the commit and the answer leaves a task that no answer told of: at most one per such request.
          'tasks without a key <= 2xx + accept_unknown + those whose request got no answer':
            figures.bare_tasks <= figures.bare_2xx + figures.bare_accept_unknown + figures.bare_tasks_of_no_answer,
        });
      } finally {
        await house.stop();
      }
    },
  };
}

/** Each client makes one task after the other and repeats a request, with its key, until it is told 2xx. */
function startKeyedClients(house: Reelay): { stop(): Promise<readonly Sent[]> } {
  const sent: Sent[] = [];
  let stopped = false;

  async function untilTold(marker: string): Promise<void> {
    for (;;) {
      const idempotencyKey = `key-${marker}`;
      const told = await submitTask(house, {
        prompt: `{{${marker}}}`,
        webhookUrl: `${house.simulatorUrl}/inbox/${marker}`,
        idempotencyKey,
        timeoutMs: 5_000,
      });
      sent.push({ marker, told, idempotencyKey, atMs: Date.now() });
      if (told.outcome === 'accepted') return;
      await sleep(TRY_AGAIN_MS);
    }
  }

  const clients = Array.from({ length: CLIENTS_WITH_KEY }, async (_none, client) => {
    for (let n = 0; !stopped; n++) {
      await untilTold(`keyed-${client}-${n}`);
      await sleep(TRY_AGAIN_MS);
    }
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return sent;
    },
  };
}
