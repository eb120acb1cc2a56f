import { isFinal } from '@reelay/contracts';
import type { TaskRecord } from '@reelay/tasks';
import { statusIn } from '../views/event.ts';
import { type Feed, follow } from './follow.ts';
import type { Hub } from './hub.ts';

/** Resolves when the task is final or gone, when `forMs` have passed, or when `stop` is called; never rejects. */
export function waitForEnd(
  hub: Hub,
  about: { task: string; forMs: number; read(): Promise<TaskRecord | undefined> },
): { over: Promise<void>; stop(): void } {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const feed: Feed = {
    async readOn() {
      const task = await about.read();
      if (!task || isFinal(task.status)) stop();
    },
    take({ entry }) {
      const status = statusIn(entry);
      if (status && isFinal(status)) stop();
      return true;
    },
  };
  const listener = follow(feed, hub);
  const unwatch = hub.watchTask(about.task, listener);
  const timer = setTimeout(stop, about.forMs);

  function stop(): void {
    clearTimeout(timer);
    unwatch();
    resolve();
  }

  listener.catchUp();
  return { over, stop };
}
