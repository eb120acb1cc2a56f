import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './output.ts';
import { howItEnded, type Part, type Running } from './part.ts';
import { createRestarts, MOST_RESTARTS } from './restarts.ts';

export interface Supervised {
  readonly name: string;
  /** What runs now; undefined before the start and after the end. */
  running(): Running | undefined;
  /** Resolves when it is ready for the first time; rejects with a sentence. */
  readonly ready: Promise<void>;
  /** Resolves when no start is under way; also after a failed one. */
  settled(): Promise<void>;
}

export interface SuperviseDeps {
  readonly output: Output;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Once aborted, an end is no surprise and nothing is started any more. */
  readonly stopping: AbortSignal;
  /** Called with a sentence when a part ended too often. */
  giveUp(why: string): void;
  /** Called after each start. */
  onStart?(): void;
}

/** Runs a part and starts it again, loudly, whenever it ends by itself. A failed first start is not repeated. */
export function supervise(part: Part, deps: SuperviseDeps): Supervised {
  let latest: Running | undefined;
  let ended = true;
  let starting = Promise.resolve();
  const onRunning = (running: Running) => {
    latest = running;
    ended = false;
    deps.onStart?.();
    if (deps.stopping.aborted) running.kill('SIGTERM');
    void running.exited.then(() => {
      ended = true;
    });
  };
  const run = () => {
    starting = part.start(onRunning);
    return starting;
  };
  const ready = run();
  ready.then(
    () => keepRunning(part, { ...deps, run, latest: () => latest }),
    () => undefined, // whoever waits for `ready` ends everything
  );
  const settled = () => starting.catch(() => undefined);
  return { name: part.name, running: () => (ended ? undefined : latest), ready, settled };
}

type Keep = SuperviseDeps & { run(): Promise<void>; latest(): Running | undefined };

async function keepRunning(part: Part, keep: Keep): Promise<void> {
  const restarts = createRestarts(keep.now);
  for (;;) {
    const how = howItEnded((await keep.latest()?.exited) ?? { code: null, signal: null });
    if (keep.stopping.aborted) return;
    const restart = restarts.next();
    if (!restart) return keep.giveUp(`${part.name} ended by ${how}, and more than ${MOST_RESTARTS} times in a minute.`);
    const { count, afterMs } = restart;
    keep.output.say('warn', `${part.name} ended by ${how}; started again (${count} of ${MOST_RESTARTS} in a minute)`);
    await sleep(afterMs, undefined, { signal: keep.stopping }).catch(() => undefined);
    if (keep.stopping.aborted) return;
    await keep.run().catch((error: Error) => startFailed(error, keep));
  }
}

/** One that hangs at its start is ended, so that it counts as one more end. */
function startFailed(error: Error, keep: Keep): void {
  keep.output.say('error', error.message);
  keep.latest()?.kill('SIGKILL');
}
