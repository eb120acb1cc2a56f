import { type buildConnector, Client } from 'undici';

// The connections of the webhook sender: one per post in flight, and a few that are kept for the next post.
//
// K1  A kept connection serves only the caller and the origin that it was opened for: what one caller's receiver left in
//     it can never be read as the answer to another caller's webhook.
// K2  It is closed within about ten seconds of its opening, whatever its use: a name is looked up and judged again.
// K3  So many are kept in all; beyond it the one that was idle for longest is closed.

/** A receiver that closes idle connections sooner says so, and undici keeps to that (`Keep-Alive: timeout=`). */
const MOST_IDLE_MS = 2_000;
/** After its opening a connection is not kept again; with the time it may be idle, and undici's coarse timers, ten seconds. */
const LONGEST_IN_USE_MS = 7_000;
const MOST_KEPT = 64;

export interface Connection {
  readonly client: Client;
  /** Caller and origin. */
  readonly key: string;
  readonly openedAt: number;
}

export interface Connections {
  /** One that was kept, or undefined. It is the taker's alone until it is kept again or dropped. */
  takeKept(key: string): Connection | undefined;
  /** A new one, which connects with its first post; undefined after close. */
  open(key: string, url: URL): Connection | undefined;
  /** For one whose last answer was read to its end. */
  keep(connection: Connection): void;
  drop(connection: Connection): void;
  /** Closes those that are kept, and waits for the posts in flight on the others. */
  close(): Promise<void>;
}

export function createConnections(about: { connect: buildConnector.connector; monotonicMs(): number }): Connections {
  const all = new Set<Connection>();
  /** The one that was kept last comes last. */
  const kept = new Set<Connection>();
  let closed = false;

  function drop(connection: Connection): void {
    kept.delete(connection);
    if (all.delete(connection)) void connection.client.destroy();
  }

  return {
    takeKept(key) {
      const connection = [...kept].findLast((one) => one.key === key);
      if (connection) kept.delete(connection);
      return connection;
    },

    open(key, url) {
      if (closed) return undefined;
      const client = new Client(url.origin, {
        connect: about.connect,
        allowH2: false,
        keepAliveTimeout: MOST_IDLE_MS,
        keepAliveMaxTimeout: MOST_IDLE_MS,
        // The sender's total timeout is the one owner of the wait.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const connection = { client, key, openedAt: about.monotonicMs() };
      client.on('disconnect', () => kept.has(connection) && drop(connection));
      all.add(connection);
      return connection;
    },

    keep(connection) {
      if (closed || about.monotonicMs() - connection.openedAt > LONGEST_IN_USE_MS) return drop(connection); // K2
      kept.add(connection);
      const [oldest] = kept;
      if (kept.size > MOST_KEPT && oldest) drop(oldest); // K3
    },

    drop,

    async close() {
      closed = true;
      await Promise.all([...all].map(({ client }) => client.close()));
    },
  };
}
