import type { Socket } from 'node:net';
import { freePort } from '../ports.ts';
import { type Connection, type Direction, openConnection, swallowConnection } from './tcp-connection.ts';
import { openDoor } from './tcp-door.ts';

/** A TCP proxy on 127.0.0.1 whose network can be made bad. All faults hold for current and for later connections. */
export interface TcpProxy {
  readonly port: number;
  /** Every piece is forwarded this much after its arrival, in both directions. What waits already goes at once. */
  setDelay(ms: number): void;
  /**
   * Closes (FIN) each connection when that many more bytes have gone in that direction, and forwards not one more: with 0
   * at its next byte, with `Infinity` never again. A later connection counts from its first byte.
   */
  cutAfter(bytes: number, direction: Direction): void;
  /** RST to both ends of all current connections. */
  reset(): void;
  /**
   * On: current connections freeze, and lose nothing; new ones are accepted, read and never answered. Off: the frozen ones go
   * on; those made meanwhile get a RST, as their bytes are gone.
   */
  blackhole(on: boolean): void;
  /** On: stops listening, so that a new connection is refused; current ones go on. Off: listens again on the same port. */
  refuse(on: boolean): Promise<void>;
  /** Those open now; at most 2,000, more are closed at once. */
  readonly connections: number;
  /** Forwarded so far, over all connections. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Ends all connections and stops listening. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of `upstream`. An upstream that refuses looks like a RST after the connect, because the proxy has
 * accepted already: use `refuse` for a refused connection.
 */
export async function startTcpProxy(options: {
  upstream: { host: string; port: number };
  port?: number;
}): Promise<TcpProxy> {
  const { upstream, port = await freePort() } = options;
  const joined = joinConnections(upstream);
  const { bytes, open, setDelay, cutAfter, reset, blackhole } = joined;
  const door = await openDoor(port, joined.accept);
  return {
    port,
    bytes,
    setDelay,
    cutAfter,
    reset,
    blackhole,
    get connections() {
      return open.size;
    },
    refuse: (on) => (on ? door.shut() : door.open()),
    close: async () => {
      await door.shut();
      reset();
      await Promise.all([...open].map((connection) => connection.closed));
    },
  };
}

/** All connections, and the faults that they are under. */
function joinConnections(upstream: { host: string; port: number }) {
  const faults = { delayMs: 0, frozen: false };
  const cuts = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  const bytes = { up: 0, down: 0 };
  const open = new Set<Connection>();
  const onForwarded = (count: number, direction: Direction) => {
    bytes[direction] += count;
  };
  const join = (client: Socket) => {
    const connection = openConnection({ client, upstream, faults, onForwarded });
    connection.cutAfter(cuts.up, 'up');
    connection.cutAfter(cuts.down, 'down');
    return connection;
  };
  const each = (tell: (connection: Connection) => void) => {
    for (const connection of [...open]) tell(connection);
  };
  const accept = (client: Socket) => {
    const connection = faults.frozen ? swallowConnection(client, faults) : join(client);
    open.add(connection);
    void connection.closed.then(() => open.delete(connection));
  };
  const setFaults = (change: Partial<typeof faults>) => {
    Object.assign(faults, change);
    each((connection) => connection.faultsChanged());
  };
  return {
    bytes,
    open,
    accept,
    reset: () => each((connection) => connection.reset()),
    setDelay: (delayMs: number) => setFaults({ delayMs }),
    blackhole: (frozen: boolean) => setFaults({ frozen }),
    cutAfter: (count: number, direction: Direction) => {
      cuts[direction] = count;
      each((connection) => connection.cutAfter(count, direction));
    },
  };
}
