import type { TimelineEvent } from '@reelay/contracts';
import { type CallerEvents, isLaterStreamId, type TaskRecord, type ToldEvent } from '@reelay/tasks';
import { eventView, statusAt, statusIn } from '../views/event.ts';
import type { Feed } from './follow.ts';
import { eventText, gapText, idText } from './sse-text.ts';
import type { Outlet } from './task-feed.ts';

const PAGE = 100;

export interface CallerFeed extends Feed {
  /** The text that moves the client's id over what it did not want; undefined when there is nothing of that. */
  unsentId(): string | undefined;
}

/** All events of a caller after a place of its stream, of the types that are wanted. */
export function callerFeed(about: {
  from: string;
  readPage(after: string, limit: number): Promise<CallerEvents>;
  readTask(id: string): Promise<TaskRecord | undefined>;
  wants(type: TimelineEvent['type']): boolean;
  outlet: Outlet & { drained(): Promise<void> };
}): CallerFeed {
  const { outlet } = about;
  let reached = about.from;
  let sent = about.from;

  function pass(told: ToldEvent, event: TimelineEvent | undefined): void {
    reached = told.streamId;
    if (!event || !about.wants(event.type)) return;
    sent = reached;
    outlet.send(eventText(reached, event));
  }

  async function readPage(): Promise<boolean> {
    const { events, gap, next, more } = await about.readPage(reached, PAGE);
    if (gap) outlet.send(gapText(reached));
    for (const told of events) {
      pass(told, await readView(told));
      await outlet.drained(); // what is stored is sent no faster than it is taken
    }
    reached = next;
    return more;
  }

  /** A late answer does not say in which state its task is; the record does. */
  async function readView({ task, entry }: ToldEvent): Promise<TimelineEvent | undefined> {
    const status = statusIn(entry);
    if (status !== undefined) return eventView(task, entry, status);
    const record = await about.readTask(task);
    const at = record && statusAt(record, entry.sequence);
    return eventView(task, entry, at ?? 'failed'); // it was settled, so it failed or is queued again
  }

  return {
    async readOn() {
      let more = true;
      while (more && !outlet.isClosed) more = await readPage();
    },

    take(told) {
      if (!isLaterStreamId(told.streamId, reached)) return true;
      const status = statusIn(told.entry);
      if (status === undefined) return false;
      pass(told, eventView(told.task, told.entry, status));
      return true;
    },

    unsentId() {
      if (reached === sent) return undefined;
      sent = reached;
      return idText(reached);
    },
  };
}
