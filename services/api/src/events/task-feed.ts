import { isFinal } from '@reelay/contracts';
import type { TaskRecord, ToldEvent } from '@reelay/tasks';
import { eventView, type Place, type PlacedEvent, statusIn, timelineView } from '../views/event.ts';
import type { Feed } from './follow.ts';
import { eventText, placeText } from './sse-text.ts';

/** Where a feed's texts go. */
export interface Outlet {
  readonly isClosed: boolean;
  send(text: string): void;
  end(): void;
}

/** What of a task's timeline comes after a place. A place that the task never reached is not one: then it is all. */
export function eventsAfter(task: TaskRecord, place: Place | undefined): PlacedEvent[] {
  const all = timelineView(task);
  if (place === undefined || place.sequence > task.sequence) return all;
  return all.filter((one) => comesAfter(one.place, place));
}

function comesAfter(one: Place, other: Place): boolean {
  return one.sequence === other.sequence ? one.late > other.late : one.sequence > other.sequence;
}

/** One task's events after a place, until its end. */
export function taskFeed(about: {
  task: string;
  from: Place | undefined;
  read(): Promise<TaskRecord | undefined>;
  outlet: Outlet;
}): Feed {
  const { outlet } = about;
  let reached = about.from;

  function pass({ place, event }: PlacedEvent): void {
    reached = place;
    outlet.send(eventText(placeText(place), event));
  }

  return {
    async readOn() {
      if (outlet.isClosed) return;
      const task = await about.read();
      if (task) for (const one of eventsAfter(task, reached)) pass(one);
      if (!task || isFinal(task.status)) outlet.end(); // a task that is gone was final before
    },

    take(told: ToldEvent) {
      const status = statusIn(told.entry);
      const { sequence } = told.entry;
      // The number of a late answer, and what a newer release wrote, stand in the record only; so does what was missed.
      if (status === undefined || reached === undefined || sequence > reached.sequence + 1) return false;
      if (sequence <= reached.sequence) return true;
      const event = eventView(told.task, told.entry, status);
      if (event) pass({ place: { sequence, late: 0 }, event });
      if (isFinal(status)) outlet.end();
      return true;
    },
  };
}
