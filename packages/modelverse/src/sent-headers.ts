import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

// undici publishes here directly before it writes a request's head. Without it no byte of the request left (facts.md).
const CHANNEL = 'undici:client:sendHeaders';

export interface SentHeaders {
  hasLeftOn(socket: Socket): boolean;
  /** Ends the watch. Nothing may be in flight any more: a head that is not seen to leave counts as not sent. */
  stop(): void;
}

/** Remembers every socket on which a request's head was written. */
export function watchSentHeaders(): SentHeaders {
  const sockets = new WeakSet<object>();
  const remember = (message: unknown) => {
    sockets.add((message as { socket: Socket }).socket);
  };
  subscribe(CHANNEL, remember);
  return {
    hasLeftOn: (socket) => sockets.has(socket),
    stop: () => {
      unsubscribe(CHANNEL, remember);
    },
  };
}

export interface OneSocket {
  readonly connect: buildConnector.connector;
  /** The one socket, once it is connected. */
  socket(): Socket | undefined;
}

/**
 * A connector that connects once. undici reconnects by itself for a request that it thinks it can still send; a POST
 * that has had its socket must not get a second one, and one socket per POST ties "sent" to this very request.
 */
export function oneSocket(connector: buildConnector.connector): OneSocket {
  let asked = false;
  let socket: Socket | undefined;
  return {
    socket: () => socket,
    connect: (options, callback) => {
      if (asked) return callback(new Error('this POST already had its connection'), null);
      asked = true;
      connector(options, (...result) => {
        socket = result[1] ?? undefined;
        callback(...result);
      });
    },
  };
}
