import type { ToldEvent } from '@reelay/tasks';
import type { Hub, Listener } from './hub.ts';

/** What is followed. It knows how far it has come. */
export interface Feed {
  /** Passes on what is stored and was not passed on before. Rejects when that cannot be read now. */
  readOn(): Promise<void>;
  /** Passes on one live event, or leaves out one that was passed on. False: only reading can tell what it means. */
  take(event: ToldEvent): boolean;
}

const MOST_PENDING = 256;

/**
 * Follows a feed without a gap and without repeats, at any race: it either passes live events on, or reads what is stored
 * while live ones wait; those go after it, and the feed leaves out what it has read already. More of them than are kept
 * are read instead, and so is what came while nothing could be read.
 */
export function follow(feed: Feed, hub: Pick<Hub, 'retry'>): Listener {
  let state: 'behind' | 'reading' | 'live' = 'behind';
  let pending: ToldEvent[] = [];
  let again = false;

  async function catchUp(): Promise<void> {
    again = true;
    if (state === 'reading') return;
    state = 'reading';
    try {
      while (again) {
        again = false;
        await feed.readOn();
        takePending();
      }
      state = 'live';
    } catch {
      // The connection says itself that it is lost.
      state = 'behind';
      pending = [];
      hub.retry(listener);
    }
  }

  function takePending(): void {
    const events = pending;
    pending = [];
    // After the first that cannot be taken nothing may pass it: what follows is read with it.
    if (!again) again = events.some((event) => !feed.take(event));
  }

  const listener: Listener = {
    told(event) {
      if (state === 'behind') return; // it is stored, and will be read
      if (state === 'reading') {
        if (pending.length < MOST_PENDING) pending.push(event);
        else again = true;
      } else if (!feed.take(event)) void catchUp();
    },
    catchUp: () => void catchUp(),
  };
  return listener;
}
