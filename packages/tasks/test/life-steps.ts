import { EVENT_TYPES } from '@reelay/contracts';
import { submitJob } from '@reelay/queues';
import fc from 'fast-check';
import { type Ending, type FinalTask, isFinalTask } from '../src/index.ts';
import { type At, claim, end, type Named, record } from './life-commands.ts';
import { comesUp, goesDown, OUTCOMES, send, WORKERS, type World, workerName } from './life-world.ts';
import { key, UNKNOWN } from './setup.ts';

/** Everything that may happen to a task, those of its middle more often. */
const KINDS = [
  ...['claim', 'claim', 'claim', 'outcome', 'outcome', 'outcome', 'outcome', 'running', 'running', 'running'],
  ...['ends', 'ends', 'ends', 'workerIsLost', 'workerIsLost', 'settle', 'settle', 'time', 'goesDown', 'comesUp'],
  ...['ghost', 'ghost', 'claimAgain', 'outcomeAgain', 'createAgain', 'apiReads', 'apiCancels', 'deadline'],
  ...['deliver', 'deliver', 'holdEnds', 'lateOutcome', 'lateOutcome', 'lateOutcome', 'erase'],
] as const;

type Kind = (typeof KINDS)[number];

export const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  task: fc.nat(1),
  worker: fc.nat(WORKERS - 1),
  /** The command reaches Redis twice. */
  twice: fc.nat(3).map((number) => number === 0),
  /** The reply reaches who waits for it. */
  heard: fc.nat(5).map((number) => number > 0),
  pick: fc.nat(99),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export async function take(world: World, step: Step): Promise<Named> {
  const modelled = world.tasks[step.task];
  const is = world.now.tasks[step.task];
  return modelled && is ? (await STEPS[step.kind]({ world, step, modelled, is })) || undefined : undefined;
}

let nonces = 0;

const STEPS: Readonly<Record<Kind, (at: At) => Promise<Named> | Promise<void> | void>> = {
  async createAgain({ world, step, modelled }: At): Promise<void> {
    await send(world, { task: step.task, send: () => world.opened.accept(modelled.task) }, step.twice);
  },

  async claim({ world, step, modelled, is }: At): Promise<void> {
    const token = `run-${++nonces}`;
    modelled.lastClaim = { worker: step.worker, token };
    const job = step.pick === 0 ? 'an-older-job' : (is.fields['wake_job'] ?? '');
    if (step.pick > 20) await STEPS.holdEnds({ world, step, modelled, is });
    await claim({ world, step, modelled }, { worker: step.worker, token, job });
  },

  async claimAgain({ world, step, modelled, is }: At): Promise<void> {
    if (modelled.lastClaim)
      await claim({ world, step, modelled }, { ...modelled.lastClaim, job: is.fields['wake_job'] ?? '' });
  },

  async outcome(at: At): Promise<Named> {
    const waiting = at.modelled.runs.filter((run) => !run.outcome);
    const run = waiting[at.step.pick % (waiting.length || 1)];
    if (!run) return undefined;
    run.outcome = OUTCOMES[at.step.pick % OUTCOMES.length] ?? 'submitted';
    return record(at, run);
  },

  /** A frozen worker thaws: its claim was settled meanwhile, and somebody else has the next one. */
  async lateOutcome(at: At): Promise<Named> {
    const run = at.modelled.runs.find(({ outcome, claim }) => !outcome && claim < at.is.claim);
    if (!run) return undefined;
    run.outcome = OUTCOMES[at.step.pick % OUTCOMES.length] ?? 'submitted';
    return record(at, run);
  },

  async outcomeAgain(at: At): Promise<Named> {
    const done = at.modelled.runs.filter((run) => run.outcome);
    const run = done[at.step.pick % (done.length || 1)];
    return run ? record(at, run) : undefined;
  },

  async settle({ world, step, modelled, is }: At): Promise<Named> {
    const claim = step.pick < 10 ? is.claim - 1 : is.claim;
    const job = submitJob({ task: modelled.task.id, claim: is.claim, priority: 'normal' });
    const wakeJob = step.pick % 2 === 0 ? { wakeJob: job } : {};
    const settle = { task: modelled.task.id, claim, error: UNKNOWN, ...wakeJob };
    const absentFor = Date.now() - Number(is.fields['absent_at'] ?? Number.NaN);
    const word = await send(
      world,
      { task: step.task, claim, send: () => world.opened.store.moves.settleClaim(settle) },
      step.twice && step.pick > 50,
    );
    const live = [...world.alive].some((worker) => workerName(world, worker) === is.fields['claim_worker']);
    const ended = word === 'failed' || word === 'requeued';
    if (ended && (live || !(absentFor > 2_900)))
      throw new Error(`A claim was settled ${absentFor} ms after the first look`);
    return { task: step.task, claim };
  },

  /** Three seconds pass, as far as this task's first look is concerned; Redis TIME cannot be moved. */
  async time({ world, modelled, is }: At): Promise<void> {
    if (!is.fields['absent_at']) return;
    world.unchecked = true;
    await world.opened.redis.hincrby(key('task', modelled.task.id), 'absent_at', -3_000);
  },

  /** The whole of it at once, as it is too rare otherwise: the worker of the claim goes, two looks, and it is settled. */
  async workerIsLost(at: At): Promise<void> {
    const { world, modelled, is } = at;
    const worker = [...world.alive].find((each) => workerName(world, each) === is.fields['claim_worker']);
    if (is.status !== 'submitting' || worker === undefined) return;
    await goesDown(world, worker);
    const settle = { task: modelled.task.id, claim: is.claim, error: UNKNOWN };
    const command = { task: at.step.task, claim: is.claim, send: () => world.opened.store.moves.settleClaim(settle) };
    await send(world, command);
    await world.opened.redis.hincrby(key('task', settle.task), 'absent_at', -3_000);
    await send(world, command, at.step.twice);
    await comesUp(world, worker);
  },

  goesDown: ({ world, step }: At) => goesDown(world, step.worker),
  comesUp: ({ world, step }: At) => comesUp(world, step.worker),

  async holdEnds({ world }: At): Promise<void> {
    await world.opened.redis.del(key('account', world.account, 'hold'));
  },

  async ghost({ world, step }: At): Promise<Named> {
    const command = world.sent[step.pick % (world.sent.length || 1)];
    world.unchecked = true;
    await command?.send();
    return command?.claim === undefined ? undefined : { task: command.task, claim: command.claim };
  },

  apiReads({ modelled, is }: At): void {
    modelled.apiSaw = { status: is.status, claim: is.claim };
  },

  async apiCancels(at: At): Promise<Named> {
    const { apiSaw } = at.modelled;
    if (apiSaw?.status !== 'queued') return undefined;
    return end(at, apiSaw.claim, { status: 'canceled', error: UNKNOWN });
  },

  /** start_within passed, or the task ended too many workers: only a queued one is ended so. */
  async deadline(at: At): Promise<Named> {
    if (at.is.status !== 'queued' || at.step.pick < 60) return undefined;
    return end(at, at.is.claim, { status: at.step.pick % 2 === 0 ? 'expired' : 'failed', error: UNKNOWN });
  },

  /** A poll of this claim, or rarely of an older one, saw it generating: after the end, or before it was submitted. */
  async running({ world, step, modelled, is }: At): Promise<Named> {
    if (!is.fields['upstream_task_id'] && step.pick < 80) return undefined;
    const claim = step.pick < 10 ? is.claim - 1 : is.claim;
    const { id: task, webhookEvents: events = [] } = modelled.task;
    const running = { task, claim, upstreamStatus: 'Running', events };
    await send(world, { task: step.task, claim, send: () => world.opened.store.moves.running(running) }, step.twice);
    return { task: step.task, claim };
  },

  /** The same of a final answer. What no upstream has is not polled, or only by a job that has gone astray. */
  async ends(at: At): Promise<Named> {
    const { step, is } = at;
    if (!is.fields['upstream_task_id'] && step.pick < 80) return undefined;
    const claim = step.pick < 10 ? is.claim - 1 : is.claim;
    return end(at, claim, ENDINGS[step.pick % ENDINGS.length] ?? SUCCEEDED);
  },

  async deliver({ world, step, modelled, is }: At): Promise<void> {
    const events = EVENT_TYPES.filter((event) => is.deliveries.has(event));
    const event = events[step.pick % (events.length || 1)];
    if (!event) return;
    const attempt = { number: 1, at: 0, trigger: 'scheduled', durationMs: 3 } as const;
    const state = (['delivered', 'exhausted', 'pending'] as const)[step.pick % 3] ?? 'pending';
    const record = {
      task: { id: modelled.task.id, createdAt: 0 },
      event,
      round: 1,
      state,
      againMs: 0,
      attempt,
      nonce: `nonce-${++nonces}`,
      gone: undefined,
    };
    await send(world, { task: step.task, send: () => world.opened.store.deliveries.record(record) }, step.twice);
  },

  /** Its caller erases it; of an open task the store must refuse it, whatever the caller of the store believes. */
  async erase({ world, step, modelled }: At): Promise<void> {
    const { store } = world.opened;
    const task = await store.read(modelled.task.id);
    if (!task) return;
    if (isFinalTask(task)) {
      await send(world, { task: step.task, send: () => store.erase(task) }, step.twice);
    } else {
      world.unchecked = true;
      await store.erase(asEnded(task.id)).catch(() => undefined);
    }
  },
};

/** As a task looks to who believes, wrongly, that it has ended. */
function asEnded(id: string): FinalTask {
  const times = { createdAt: 0, startBy: 0, finishWithinMs: 0, finishedAt: 0, runningAt: undefined };
  const counts = { claim: 0, maxResubmits: 0, resubmits: 0, submitAttempts: 0, pollCount: 0, sequence: 0 };
  const absent = { webhookUrl: undefined, webhookEvents: undefined, lateUpstreamTaskId: undefined, retryOf: undefined };
  const words = { caller: '', model: '', priority: 'normal', wakeJob: '', onSubmitUnknown: 'fail' } as const;
  const rest = { metadata: {}, timeline: [], earlierUnknown: false, upstream: undefined, traceparent: undefined };
  return { id, ...times, ...counts, ...absent, ...words, ...rest, status: 'failed', error: UNKNOWN };
}

const SUCCEEDED: Ending = { status: 'succeeded', result: { urls: ['u'], usage: undefined, finishTime: undefined } };
const ENDINGS: readonly Ending[] = [
  SUCCEEDED,
  { status: 'failed', error: UNKNOWN },
  { status: 'expired', error: UNKNOWN },
  { status: 'canceled', error: UNKNOWN },
];
