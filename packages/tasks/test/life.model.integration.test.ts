import { redisForTests } from '@reelay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SCRIPTS } from '../src/scripts.ts';
import { LEGAL_EDGES } from './life-snapshot.ts';
import { type Step, step, take } from './life-steps.ts';
import { check, goesDown, hears, openWorld, taskShape, WORKERS, type World, workerName } from './life-world.ts';
import { key, type OpenStore, setup, UNKNOWN } from './setup.ts';

const server = redisForTests();

/** `MODEL_RUNS=10000 vitest run packages/tasks/test/life*` for the long run, `MODEL_SEED` to repeat one. */
const SEQUENCES = Number(process.env['MODEL_RUNS'] ?? 1_000);
const SEED = process.env['MODEL_SEED'];
const AT_ONCE = 50;
const TIMEOUT_MS = 30_000 + SEQUENCES * 30;

/** Without fast-check's bias to small numbers: here they are choices, not sizes. */
const life = fc.noBias(
  fc.record({
    shapes: fc.tuple(taskShape, taskShape),
    cap: fc.integer({ min: 1, max: 2 }),
    steps: fc.array(step, { maxLength: 80, size: 'max' }),
  }),
);

/** Many lives at once on one Redis: the group commit mixes their commands. */
function livesOn(opened: OpenStore, edges: Set<string>) {
  return fc.asyncProperty(fc.array(life, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (lives) => {
    await Promise.all(
      lives.map(async ({ shapes, cap, steps }) => {
        const world = await openWorld(opened, { shapes, cap, edges });
        for (const [index, next] of steps.entries()) await stepAndCheck(world, next, index);
        await everyTaskEnds(world);
      }),
    );
  });
}

async function stepAndCheck(world: World, next: Step, index: number): Promise<void> {
  try {
    const named = await take(world, next);
    if (world.unchecked) await check(world, named);
  } catch (cause) {
    throw new Error(`After step ${index}, ${next.kind} of task ${next.task}: ${(cause as Error).message}`, { cause });
  }
}

/** P8: from wherever the sequence left it, a task is brought to its end by the moves alone, all old workers being gone. */
async function everyTaskEnds(world: World): Promise<void> {
  const { redis, store } = world.opened;
  for (let worker = 0; worker < WORKERS; worker++) await goesDown(world, worker);
  for (const [index, modelled] of world.tasks.entries()) {
    const task = modelled.task.id;
    for (let tries = 0; world.now.tasks[index]?.open && tries < 20; tries++) {
      const { status, claim = 0, fields } = world.now.tasks[index] ?? {};
      if (status === 'submitting') {
        await store.moves.settleClaim({ task, claim, error: UNKNOWN });
        if (fields?.['absent_at']) await redis.hincrby(key('task', task), 'absent_at', -3_000);
      } else if (status === 'queued') {
        await redis.del(key('account', world.account, 'hold'));
        const run = { worker: 0, token: `${task}-healing-${tries}` };
        const limits = { account: world.account, maxInFlight: 10, submitIntervalMs: 0 };
        const about = { task, job: fields?.['wake_job'] ?? '', worker: workerName(world, 0), token: run.token, limits };
        hears(modelled, run, await store.moves.claim(about));
        await check(world);
        const held = world.now.tasks[index]?.claim ?? 0;
        const answer = { upstreamTaskId: `up-${held}`, requestId: undefined, firstPollMs: 60_000 };
        await store.moves.submitted({ task, claim: held, ...answer, events: modelled.task.webhookEvents ?? [] });
      } else {
        await store.moves.finish({ task, claim, ending: { status: 'failed', error: UNKNOWN } });
      }
      await check(world);
    }
  }
  const stuck = world.now.tasks.filter(({ open }) => open);
  if (stuck.length > 0) throw new Error(`A task cannot be brought to its end: ${JSON.stringify(stuck[0]?.fields)}`);
}

test('whatever happens to a task, in whatever order: no illegal edge, no second end, no second POST, nothing stuck', {
  timeout: TIMEOUT_MS,
}, async () => {
  const opened = setup(server.url);
  const edges = new Set<string>();
  const seed = SEED === undefined ? {} : { seed: Number(SEED) };
  await fc.assert(livesOn(opened, edges), { numRuns: Math.ceil(SEQUENCES / AT_ONCE), ...seed });
  expect([...edges].sort()).toEqual([...LEGAL_EDGES].sort());
  expect(opened.lost).toEqual([]);
});

/** One check taken out of one script: the model has to notice each of them. */
const MUTANTS: readonly [what: string, script: keyof typeof SCRIPTS, text: string, instead: string][] = [
  ['an end under another claim is taken', 'finish', 'task.claim ~= tonumber(claim)', 'false'],
  ['the table is not asked', 'finish', "if not has_word(LEGAL, task.status .. '>' .. to) then", 'if false then'],
  ['the counter is not lowered', 'finish', "redis.call('DECR', key)", ''],
  ['an ended task stays open', 'finish', "redis.call('ZREM', under(index), task.id)", ''],
  ['a submitted task is never polled', 'submitted', "redis.call('ZADD', under('polls')", "redis.call('ECHO', ''"],
  ['the event is forgotten', 'finish', 'add_event(task, at, deliver_job)\n', ''],
  ['the fence does not rise', 'claim', 'local number = task.claim + 1', 'local number = task.claim'],
  ['a claim is given to who asks', 'claim', 'task.claim_token == token', 'true'],
  [
    'an answer under an older claim is taken',
    'submitted',
    "task.status ~= 'submitting' or task.claim ~= tonumber(claim)",
    "task.status ~= 'submitting'",
  ],
  ['a late answer is thrown away', 'submitted', "'late_upstream_task_id', upstream_id,", "'x', 'x',"],
  ['an older claim gives a newer one back', 'requeue', 'task.claim ~= tonumber(claim)', 'false'],
  ['an older claim ends a newer one', 'outcomeUnknown', 'task.claim ~= tonumber(claim)', 'false'],
  ['resubmits have no end', 'outcomeUnknown', 'used < tonumber(task.max_resubmits)', 'true'],
  ['one look is enough', 'settleClaim', 'at - tonumber(task.absent_at) < BETWEEN_LOOKS_MS', 'false'],
  ['a live worker is settled', 'settleClaim', "redis.call('EXISTS', under('worker', task.claim_worker)) == 1", 'false'],
  ['the queued tasks are not counted down', 'claim', "redis.call('DECR', key) < 0", 'false'],
  ['an open task is erased', 'erase', 'not task.finished_at', 'false'],
  ['a task with an event to be delivered is erased', 'erase', 'has_pending(task)', 'false'],
  [
    'an attempt at a delivered event counts',
    'attempt',
    "delivery.state ~= 'pending' or delivery.round ~= tonumber(round)",
    'false',
  ],
];

test.each(MUTANTS)('the model has teeth: %s', async (_what, name, text, instead) => {
  const opened = setup(server.url);
  const { name: command, lua } = SCRIPTS[name];
  expect(lua).toContain(text);
  opened.redis.defineCommand(command, { lua: lua.replace(text, () => instead) });
  const verdict = await fc.check(livesOn(opened, new Set()), { numRuns: 20, seed: 42, endOnFailure: true });
  expect(verdict.failed).toBe(true);
});
