import type { Ending } from '../src/index.ts';
import type { TaskSnapshot } from './life-snapshot.ts';
import type { Step } from './life-steps.ts';
import { hears, type Modelled, type Run, send, type World, workerName } from './life-world.ts';
import { UNKNOWN } from './setup.ts';

export interface At {
  readonly world: World;
  readonly step: Step;
  readonly modelled: Modelled;
  readonly is: TaskSnapshot;
}

/** What the step named, to be held against it: a command of another claim moves nothing. */
export type Named = { task: number; claim: number } | undefined;

export async function claim(
  { world, step, modelled }: Omit<At, 'is'>,
  run: { worker: number; token: string; job: string },
): Promise<void> {
  const { worker, token, job } = run;
  const limits = { account: world.account, maxInFlight: world.cap, submitIntervalMs: 0 };
  const about = { task: modelled.task.id, job, worker: workerName(world, worker), token, limits };
  const outcome = await send(world, { task: step.task, send: () => world.opened.store.moves.claim(about) }, step.twice);
  if (step.heard) hears(modelled, { worker, token }, outcome);
}

export async function end({ world, step, modelled }: At, claim: number, ending: Ending): Promise<Named> {
  const about = { task: modelled.task.id, claim, ending };
  await send(world, { task: step.task, claim, send: () => world.opened.store.moves.finish(about) }, step.twice);
  return { task: step.task, claim };
}

/** A run writes what its POST came to. */
export async function record(at: At, run: Run): Promise<Named> {
  const { world, step, modelled } = at;
  const { moves, read } = world.opened.store;
  const about = { task: modelled.task.id, claim: run.claim };
  const command = (sendIt: () => Promise<unknown>) =>
    send(world, { task: step.task, claim: run.claim, send: sendIt }, step.twice);
  switch (run.outcome) {
    case 'submitted': {
      const events = modelled.task.webhookEvents ?? [];
      const upstreamTaskId = `up-${run.claim}`;
      const answer = { ...about, upstreamTaskId, requestId: undefined, events, firstPollMs: 60_000 };
      await command(() => moves.submitted(answer));
      const kept = await read(about.task);
      const ids = [kept?.lateUpstreamTaskId, kept && 'upstreamTaskId' in kept && kept.upstreamTaskId];
      if (kept && 'upstream' in kept) ids.push(kept.upstream?.upstreamTaskId);
      if (!ids.includes(upstreamTaskId)) throw new Error(`The upstream's id ${upstreamTaskId} was thrown away`);
      break;
    }
    case 'unknown':
      await command(() =>
        moves.outcomeUnknown({ ...about, error: UNKNOWN, priority: 'normal', againMs: 1_000, detail: 'reset' }),
      );
      break;
    case 'refused':
      await command(() => moves.finish({ ...about, ending: { status: 'failed', error: UNKNOWN } }));
      break;
    default: {
      const holdMs = run.outcome === 'rate_limited' ? 1_000 : 0;
      await command(() =>
        moves.requeue({
          ...about,
          priority: 'normal',
          why: run.outcome === 'rate_limited' ? 'rate_limited' : 'not_sent',
          againMs: holdMs,
          holdMs,
        }),
      );
    }
  }
  return { task: step.task, claim: run.claim };
}
