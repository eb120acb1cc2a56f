import { type Reelay, startReelay } from '@reelay/testing';
import { type Books, closeBooks, markerOf, readSubmits } from '../house/books.ts';
import { submitBurst } from '../house/burst.ts';
import type { Sent } from '../house/traffic.ts';
import { meetOutage, type Outage, outagesOf } from '../house/unreachable-upstream.ts';
import { type Figures, type Proof, show } from '../proof.ts';

/** The simulator's words for an answer that says nothing; `stall` waits for our 60 s limit. */
const UNKNOWN = ['reset', 'drop', 'stall', '500', '502', '504', 'bad-json', 'no-id'];
const TASKS_EACH = 10;
const OUTAGE_MS = 30_000;

interface Part {
  readonly figures: Figures;
  readonly claims: Readonly<Record<string, boolean>>;
}

/** What became of the POST is not known: then never a second one. It is known that nothing left: then again. */
export function unknownOutcomes(): Proof {
  return {
    title: 'A POST of unknown outcome is made once and ends as submit_unknown; one that did not leave is made again',
    async run(say): Promise<Figures> {
      const [unknown, notSent] = await Promise.all([postsThatAreLost(say), upstreamsOutOfReach(say)]);
      return show({ ...unknown.figures, ...notSent.figures }, { ...unknown.claims, ...notSent.claims });
    },
  };
}

async function postsThatAreLost(say: (line: string) => void): Promise<Part> {
  const house = await startReelay();
  try {
    const sent: Sent[] = [];
    for (const word of UNKNOWN) {
      sent.push(...(await submitBurst(house, { name: word, count: TASKS_EACH, prompt: `[${word}]` })));
    }
    const books = await closeBooks(house, sent, { withinMs: 120_000 });
    const claims: Record<string, boolean> = { 'lost answers: the three ledgers agree': books.verdict.ok };
    for (const word of UNKNOWN) {
      const posts = await countPosts(house, word);
      const tasks = tasksOf(books, word);
      const unknown = tasks.filter(({ status, error }) => status === 'failed' && error?.code === 'submit_unknown');
      say(
        `${word}: ${tasks.length} tasks, ${posts.total} POSTs, at most ${posts.most} each, ${unknown.length} unknown`,
      );
      claims[`${word}: one POST per task`] = posts.total === TASKS_EACH && posts.most === 1;
      claims[`${word}: every task failed as submit_unknown`] = unknown.length === TASKS_EACH;
    }
    return {
      figures: {
        lost_answers: books.tasks.length,
        lost_answers_most_posts: books.mostPosts,
        lost_answers_submit_unknown: books.verdict.figures.submitUnknown,
      },
      claims,
    };
  } finally {
    await house.stop();
  }
}

async function upstreamsOutOfReach(say: (line: string) => void): Promise<Part> {
  const house = await startReelay({ workers: 0 });
  const { outages, close } = await outagesOf(house.simulatorUrl);
  try {
    await house.start('webhook-worker');
    const parts: Part[] = [];
    const sent: Sent[] = [];
    for (const outage of outages) parts.push(await oneOutage(house, outage, sent, say));
    const figures = Object.assign({}, ...parts.map((part) => part.figures)) as Figures;
    const claims = Object.assign({}, ...parts.map((part) => part.claims)) as Part['claims'];
    return { figures, claims };
  } finally {
    await house.stop();
    await close();
  }
}

/** `sent` grows: the books are of the whole house. */
async function oneOutage(house: Reelay, outage: Outage, sent: Sent[], say: (line: string) => void): Promise<Part> {
  const { reason } = outage;
  const reasons = await meetOutage(house, outage, {
    lastsMs: OUTAGE_MS,
    during: async () =>
      void sent.push(...(await submitBurst(house, { name: reason, count: TASKS_EACH, prompt: '[takes=500ms]' }))),
  });
  const healedAt = performance.now();
  const books = await closeBooks(house, sent);
  const seconds = Math.round((performance.now() - healedAt) / 1_000);
  await Promise.all(house.running('generation-worker').map((worker) => worker.stop()));

  const posts = await countPosts(house, reason);
  const succeeded = tasksOf(books, reason).filter(({ status }) => status === 'succeeded').length;
  const triedInVain = reasons.get(reason) ?? 0;
  say(
    `${reason}: ${[...reasons].map(([why, times]) => `${times} x ${why}`)}, ${posts.total} POSTs, ${succeeded} succeeded`,
  );
  return {
    figures: {
      [`${reason}_tried_in_vain`]: triedInVain,
      [`${reason}_accepted_posts`]: posts.created,
      [`${reason}_healthy_to_end_s`]: seconds,
    },
    claims: {
      [`${reason}: every task met it`]: triedInVain >= TASKS_EACH,
      [`${reason}: one POST per task, accepted`]:
        posts.total === TASKS_EACH && posts.most === 1 && posts.created === TASKS_EACH,
      [`${reason}: every task succeeded`]: succeeded === TASKS_EACH,
      [`${reason}: the three ledgers agree`]: books.verdict.ok,
    },
  };
}

function tasksOf({ tasks }: Books, name: string): Books['tasks'] {
  return tasks.filter((task) => markerOf(task).startsWith(`${name}-`));
}

async function countPosts(house: Reelay, name: string): Promise<{ total: number; most: number; created: number }> {
  const submits = (await readSubmits(house)).filter(({ marker }) => marker?.startsWith(`${name}-`));
  const each = [...Map.groupBy(submits, ({ marker }) => marker).values()].map(({ length }) => length);
  return {
    total: submits.length,
    most: Math.max(0, ...each),
    created: submits.filter(({ task_id: id, answered }) => id !== undefined && answered === 200).length,
  };
}
