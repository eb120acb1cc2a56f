import pLimit from 'p-limit';
import type { StepOutcome } from './step.ts';
import type { Activity } from './watchdog.ts';

export type Result = StepOutcome | { kind: 'thrown' };

export interface Slots {
  /** Runs a step as soon as a slot is free; undefined when the lane closes before that. */
  inSlot(step: () => Promise<Result>): Promise<Result | undefined>;
  /** No further step is begun. */
  close(): void;
  /** When all that was begun has ended, what goes on after its job included. */
  idle(): Promise<void>;
}

/**
 * As many steps at once as a lane has slots. A step that was taken keeps its slot until the rest of it has ended. `onChange`
 * is called when a slot was taken or freed.
 */
export function createSlots(activity: Activity, onChange: () => void): Slots {
  const limit = pLimit(activity.concurrency);
  const begun = new Set<Promise<unknown>>();
  let isClosing = false;

  return {
    inSlot(step) {
      const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
      const whole = limit(async () => {
        if (isClosing) return resolve(undefined);
        activity.fetched++;
        activity.running++;
        onChange();
        try {
          const outcome = await step();
          resolve(outcome);
          if (outcome.kind === 'taken') await outcome.rest;
        } catch (error) {
          reject(error);
        } finally {
          activity.running--;
          onChange();
        }
      });
      begun.add(whole);
      void whole.finally(() => begun.delete(whole));
      return promise;
    },
    close() {
      isClosing = true;
    },
    idle: async () => void (await Promise.all(begun)),
  };
}
