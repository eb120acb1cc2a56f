/** Pieces of a stream on their way, in order: each may be taken `delayMs` after it came. */
export interface DelayLine {
  push(chunk: Buffer, delayMs: number): void;
  /** The oldest piece, if its time has come; undefined else. */
  take(): Buffer | undefined;
  /** Makes all that waits due. */
  release(): void;
  clear(): void;
  readonly bytes: number;
}

/** `onDue` is called when a piece's time has come. It does not bound itself: stop pushing when `bytes` is too much. */
export function createDelayLine(onDue: () => void): DelayLine {
  let waiting: { chunk: Buffer; due: boolean }[] = [];
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    push: (chunk, delayMs) => {
      const piece = { chunk, due: delayMs === 0 };
      waiting.push(piece);
      bytes += chunk.length;
      const fallDue = () => {
        piece.due = true;
        onDue();
      };
      if (!piece.due) setTimeout(fallDue, delayMs).unref();
    },
    take: () => {
      if (!waiting[0]?.due) return undefined;
      const chunk = waiting.shift()?.chunk;
      bytes -= chunk?.length ?? 0;
      return chunk;
    },
    release: () => {
      for (const piece of waiting) piece.due = true;
    },
    clear: () => {
      waiting = [];
      bytes = 0;
    },
  };
}
