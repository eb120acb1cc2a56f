/** When a write has to go: with the others of its turn, unless it says something else. */
export type Haste =
  /** At once, even in a burst: it is about money. */
  | 'urgent'
  /** Nobody waits for it: it may wait for others to go with. */
  | 'patient';

interface Gathered {
  readonly bytes: number;
  readonly haste: Haste | undefined;
}

const MOST_BYTES = 1024 ** 2;
const PATIENCE_MS = 5;

/**
 * Gathers what is written in one turn of the event loop, and what was waiting by then, into batches of at most
 * `mostWrites` or 1 MiB. `giveWayMs` is how long a write has to wait now.
 */
export function createGathering<W extends Gathered>(about: {
  send(batch: readonly W[]): void;
  giveWayMs(): number;
  mostWrites: number;
}): (write: W) => void {
  const { mostWrites } = about;
  let waiting: W[] = [];
  let bytes = 0;
  let thisTurn: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;

  function flush(): void {
    clearImmediate(thisTurn);
    clearTimeout(later);
    thisTurn = later = undefined;
    const all = waiting;
    waiting = [];
    bytes = 0;
    for (let i = 0; i < all.length; i += mostWrites) about.send(all.slice(i, i + mostWrites));
  }

  return (write) => {
    if (bytes + write.bytes > MOST_BYTES) flush();
    waiting.push(write);
    bytes += write.bytes;
    const giveWayMs = about.giveWayMs();
    if (giveWayMs > 0) later ??= setTimeout(flush, giveWayMs);
    else if (waiting.length >= mostWrites) flush();
    else if (write.haste === 'patient') later ??= setTimeout(flush, PATIENCE_MS);
    else thisTurn ??= setImmediate(flush);
  };
}
