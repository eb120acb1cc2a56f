import type { Socket } from 'node:net';
import { createDelayLine } from './delay-line.ts';

/** What holds back a byte here. Shared by all lanes of a proxy, which changes it and then calls `faultsChanged`. */
export interface LaneFaults {
  delayMs: number;
  frozen: boolean;
}

export interface LaneOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly faults: Readonly<LaneFaults>;
  /** Gets the size of each piece that was forwarded. */
  readonly onForwarded: (bytes: number) => void;
  /** Called when the bytes of `cutAfter` have gone through. */
  readonly onCut: () => void;
}

/** One direction of one connection. */
export interface Lane {
  /** Lets go what waits (unless frozen now), under whatever delay it arrived. */
  faultsChanged(): void;
  /** Forwards that many more bytes, and not one after them. */
  cutAfter(bytes: number): void;
  /** From now on reads and drops, so that the far end's FIN is still seen. */
  stop(): void;
}

/** Waiting here and in the socket's own buffer; above it the sender is not read, as behind a slow network. */
const MOST_WAITING_BYTES = 1024 ** 2;

/**
 * Forwards what `from` sends to `to`, in order, each piece `delayMs` after its arrival (a latency, not a rate), and the end
 * of the stream after the last byte. Errors of the sockets are the caller's.
 */
export function createLane(options: LaneOptions): Lane {
  const { from, to, faults } = options;
  const line = createDelayLine(() => move());
  const state = { left: Number.POSITIVE_INFINITY, hasEnded: false, stopped: false };
  const move = () => {
    if (state.stopped) return;
    if (!faults.frozen && forwardDue(line, state, options) === 'cut') return options.onCut();
    if (!faults.frozen && state.hasEnded && line.bytes === 0) to.end();
    if (faults.frozen || line.bytes + to.writableLength > MOST_WAITING_BYTES) from.pause();
    else from.resume();
  };
  from.on('data', (chunk: Buffer) => {
    if (state.stopped) return;
    line.push(chunk, faults.delayMs);
    move();
  });
  from.on('end', () => {
    state.hasEnded = true;
    move();
  });
  to.on('drain', move);
  return {
    faultsChanged: () => {
      line.release();
      move();
    },
    cutAfter: (bytes) => {
      state.left = bytes;
    },
    stop: () => {
      state.stopped = true;
      line.clear();
      from.resume();
    },
  };
}

/** Writes what is due, and counts `left` down; `cut` when that has come to its end. */
function forwardDue(
  line: { take(): Buffer | undefined },
  state: { left: number },
  { to, onForwarded }: Pick<LaneOptions, 'to' | 'onForwarded'>,
): 'cut' | 'all' {
  for (let chunk = line.take(); chunk; chunk = line.take()) {
    const part = chunk.subarray(0, state.left);
    const isCut = chunk.length >= state.left;
    state.left -= part.length;
    to.write(part);
    onForwarded(part.length);
    if (isCut) return 'cut';
  }
  return 'all';
}
