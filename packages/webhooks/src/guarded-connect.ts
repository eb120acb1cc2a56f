import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { ConnectFailure } from './attempt-result.ts';

// How a webhook's connection is made: an undici connector that reaches allowed addresses only (webhooks.md, Address guard,
// steps 2 and 3). The verdict on one address is address-guard.ts's.
//
// C1  A name is resolved once per connection, and the connection goes to the addresses that were judged: no rebinding gap.
// C2  One refused address refuses the whole answer: a name that mixes public and private ones is an attack or a mistake.
// C3  Before the first byte, TLS's included, the address that the socket really reached is judged again.

/** Resolves a name to all its addresses; rejects as node:dns does. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

export class ConnectError extends Error {
  readonly failure: ConnectFailure;

  constructor(failure: ConnectFailure, options?: ErrorOptions) {
    super(`no connection for the webhook: ${failure}`, options);
    this.name = 'ConnectError';
    this.failure = failure;
  }
}

/** The system's resolver: files and DNS, all addresses. */
export const resolveBySystem: ResolveName = (hostname) => lookup(hostname, { all: true });

/**
 * A connector for an undici Agent. It calls back with a {@link ConnectError} for every failure. `timeoutMs` spans name
 * resolution, TCP and TLS together. HTTP/1.1 only, no TLS session is kept.
 */
export function createGuardedConnect(guard: {
  isAllowed: (address: string) => boolean;
  resolve: ResolveName;
  timeoutMs: number;
}): buildConnector.connector {
  const connect = buildConnector({
    lookup: guardedLookup(guard.resolve, guard.isAllowed),
    timeout: guard.timeoutMs,
    allowH2: false,
    maxCachedSessions: 0,
    // Node gives up on each of several addresses after 250 ms, too short for a receiver on another continent.
    autoSelectFamilyAttemptTimeout: 1_000,
  });
  return (target, callback) => {
    // Node does not call lookup for a host that is an address already.
    if (isIP(target.hostname) !== 0 && !guard.isAllowed(target.hostname)) {
      callback(new ConnectError('blocked_address'), null);
      return;
    }
    let phase: ConnectFailure = isIP(target.hostname) === 0 ? 'dns' : 'connect';
    const socket: unknown = connect(target, (error, connected) => {
      // A plain socket reports its connect to undici even when it was destroyed just before.
      if (phase === 'blocked_address') callback(new ConnectError('blocked_address'), null);
      else if (error) callback(asConnectError(error, phase), null);
      else callback(null, connected);
    });
    if (!(socket instanceof Socket)) throw new Error('undici gave no socket to watch: its connector has changed.');
    socket.on('lookup', (error) => {
      if (!error) phase = 'connect';
    });
    // First of the listeners, so that undici and TLS have not written yet (C3).
    socket.prependOnceListener('connect', () => {
      phase = guard.isAllowed(socket.remoteAddress ?? '') ? 'tls' : 'blocked_address';
      if (phase === 'blocked_address') socket.destroy(new ConnectError('blocked_address'));
    });
  };
}

function asConnectError(error: Error, phase: ConnectFailure): ConnectError {
  return error instanceof ConnectError ? error : new ConnectError(phase, { cause: error });
}

function guardedLookup(resolve: ResolveName, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveAllowed().then(
      ([first, ...rest]) => {
        if (options.all) callback(null, [first, ...rest]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );

    async function resolveAllowed(): Promise<[LookupAddress, ...LookupAddress[]]> {
      const [first, ...rest] = await resolve(hostname);
      if (first === undefined) throw new ConnectError('dns');
      if (![first, ...rest].every(({ address }) => isAllowed(address))) throw new ConnectError('blocked_address');
      return [first, ...rest];
    }
  };
}
