import { connect, type Socket } from 'node:net';
import { createLane, type LaneFaults } from './tcp-lane.ts';

/** `up` is from the client to the upstream, `down` the way back. */
export type Direction = 'up' | 'down';

/** One client's connection through the proxy. */
export interface Connection {
  faultsChanged(): void;
  cutAfter(bytes: number, direction: Direction): void;
  /** RST to both ends; what waits here is lost. */
  reset(): void;
  /** Resolves when both sockets are closed, or as good as that (closeOf). */
  readonly closed: Promise<void>;
}

export interface ConnectionOptions {
  readonly client: Socket;
  readonly upstream: { readonly host: string; readonly port: number };
  readonly faults: Readonly<LaneFaults>;
  readonly onForwarded: (bytes: number, direction: Direction) => void;
}

/** How long a cut connection may take to end from both sides. Closing at once would be a RST where bytes are unread. */
const LINGER_MS = 1_000;

/** Joins a client to the upstream. An error of one side (RST, refused) reaches the other as a RST. */
export function openConnection({ client, upstream, faults, onForwarded }: ConnectionOptions): Connection {
  const server = connect({ ...upstream, allowHalfOpen: true, noDelay: true });
  const reset = () => {
    resetNow(client);
    resetNow(server);
  };
  const closed = closeOf([client, server], reset);
  const cut = () => {
    for (const lane of Object.values(lanes)) lane.stop();
    for (const socket of [client, server]) socket.end();
    const timer = setTimeout(reset, LINGER_MS);
    void closed.then(() => clearTimeout(timer));
  };
  const lane = (direction: Direction, [from, to]: readonly [Socket, Socket]) =>
    createLane({ from, to, faults, onCut: cut, onForwarded: (bytes) => onForwarded(bytes, direction) });
  const lanes = { up: lane('up', [client, server]), down: lane('down', [server, client]) };
  return {
    reset,
    closed,
    cutAfter: (bytes, direction) => lanes[direction].cutAfter(bytes),
    faultsChanged: () => {
      for (const each of Object.values(lanes)) each.faultsChanged();
    },
  };
}

/** A connection made to a black hole: its bytes are read, dropped and never answered. It gets a RST when the hole closes. */
export function swallowConnection(client: Socket, faults: Readonly<LaneFaults>): Connection {
  const reset = () => resetNow(client);
  const closed = closeOf([client], reset);
  client.resume();
  const faultsChanged = () => (faults.frozen ? undefined : reset());
  return { reset, closed, cutAfter: () => {}, faultsChanged };
}

/**
 * What waits is lost, where `resetAndDestroy` alone would first send it (for ever, to an end that does not read). A socket
 * whose FIN waits is closed without a RST: the kernel sends none then, and Node forgets to close it (EINVAL).
 */
function resetNow(socket: Socket): void {
  const [isEnding, waits] = [socket.writableEnded && !socket.writableFinished, socket.writableLength > 0];
  if (!isEnding) socket.resetAndDestroy();
  if (isEnding || waits) socket.destroy();
}

async function closeOf(sockets: readonly Socket[], onError: () => void): Promise<void> {
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once('close', () => resolve());
          socket.on('error', (error: NodeJS.ErrnoException) => {
            if (error.syscall === 'reset') resolve(); // the FIN of resetAndDestroy was on its way: no `close` will follow
            onError();
          });
        }),
    ),
  );
}
