import { decodeTold, type ToldEvent } from '@reelay/tasks';
import type { Redis } from 'ioredis';
import { takeTurns } from './take-turns.ts';

/** What hears of events: a stream, or a request that waits for a task's end. */
export interface Listener {
  told(event: ToldEvent): void;
  /** Something may have been missed: reads what is stored. */
  catchUp(): void;
}

/**
 * Brings what one subscription of this process hears to its many listeners.
 * I1  A listener is told of everything from the moment that it watches, or told to catch up.
 * I2  It catches up after every confirmed SUBSCRIBE that followed a loss: what was published in between is stored.
 * I3  A connection that went silent is noticed: SUBSCRIBE is repeated as a heartbeat, and its reply has a time limit
 *     (the connection's socketTimeout).
 * I4  While nobody listens nothing is subscribed to: every step of every task would wake this process for nothing.
 */
export interface Hub {
  watchTask(task: string, listener: Listener): () => void;
  watchCaller(caller: string, listener: Listener): () => void;
  /** Has it catch up soon: its reading failed. */
  retry(listener: Listener): void;
  /** Runs a read of Redis; few run at a time, however many listeners catch up together. */
  inTurn<T>(read: () => Promise<T>): Promise<T>;
  /** Ends the subscription and its connection. */
  stop(): void;
}

const HEARTBEAT_MS = 5_000;
const IDLE_BEATS = 2;
const RETRY_MS = 500;
const READS_AT_ONCE = 32;

/** `subscriber` is a connection of the hub's own that waits for Redis as long as it takes. */
export function createHub(about: {
  subscriber: Redis;
  channel: string;
  log: { error(fields: object, message: string): void };
}): Hub {
  const { subscriber, channel } = about;
  const tasks = createTopics();
  const callers = createTopics();
  const failed = new Set<Listener>();
  let hears = false;
  let isWanted = true; // at the start, so that a wrong user of Redis shows at once; that is all it is for
  let isFirst = true;
  let idleBeats = 0;
  let given = 0;

  const isIdle = () => tasks.isEmpty() && callers.isEmpty();
  const subscribe = async () => {
    const before = given;
    await subscriber.subscribe(channel);
    if (hears || before !== given) return;
    hears = true;
    if (isFirst && isIdle()) giveUp();
    isFirst = false;
    for (const listener of [...tasks.all(), ...callers.all()]) listener.catchUp();
  };
  const trySubscribe = () =>
    void subscribe().catch((err: unknown) => {
      // A lost connection subscribes again when it is back.
      if (subscriber.status === 'ready') {
        about.log.error({ err }, 'No live events: Redis refuses SUBSCRIBE; check what its user may do');
      }
    });
  const onMessage = (_channel: string, message: string) => {
    // Before the listeners are told to catch up they may not hear of anything: it would be past a gap (I2).
    // With nobody to tell, which is most of the time, a message of any task's every step is not even read.
    if (!hears || isIdle()) return;
    const event = decodeTold(message);
    if (!event) return;
    tasks.tell(event.task, event);
    callers.tell(event.caller, event);
  };
  const onClose = () => {
    hears = false;
  };
  const ifReady = () => {
    if (isWanted && subscriber.status === 'ready') trySubscribe();
  };
  /** What is published from here on is not heard: whoever listens next catches up when SUBSCRIBE is confirmed (I2). */
  const giveUp = () => {
    [isWanted, hears] = [false, false];
    given += 1;
    subscriber.unsubscribe(channel).catch(() => {}); // a connection that was lost has no subscription
  };
  const beat = () => {
    idleBeats = isIdle() ? idleBeats + 1 : 0;
    if (isWanted && idleBeats >= IDLE_BEATS) giveUp();
    else ifReady();
  };
  const watched = (stop: () => void) => {
    idleBeats = 0;
    if (!isWanted) {
      isWanted = true;
      ifReady();
    }
    return stop;
  };

  subscriber.on('message', onMessage).on('ready', ifReady).on('close', onClose);
  ifReady();
  const heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
  const retries = setInterval(() => {
    const now = [...failed];
    failed.clear();
    for (const listener of now) listener.catchUp();
  }, RETRY_MS).unref();

  return {
    watchTask: (task, listener) => watched(tasks.watch(task, listener)),
    watchCaller: (caller, listener) => watched(callers.watch(caller, listener)),
    retry: (listener) => void failed.add(listener),
    inTurn: takeTurns(READS_AT_ONCE),
    stop() {
      clearInterval(heartbeat);
      clearInterval(retries);
      subscriber.off('message', onMessage).off('ready', ifReady).off('close', onClose);
      subscriber.disconnect();
    },
  };
}

/** Listeners by what they listen to. */
function createTopics() {
  const topics = new Map<string, Set<Listener>>();
  return {
    watch(topic: string, listener: Listener): () => void {
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
      };
    },
    tell(topic: string, event: ToldEvent): void {
      for (const listener of topics.get(topic) ?? []) listener.told(event);
    },
    isEmpty: () => topics.size === 0,
    all: () => [...topics.values()].flatMap((listeners) => [...listeners]),
  };
}
