import type { Redis } from 'ioredis';

/** Commands that are sent together leave in one write; those that ioredis sends again later go one by one. */
export function oneWrite(redis: Redis) {
  let waiting: (string | Buffer)[] | undefined = [];
  const write = (bytes: string | Buffer) => (waiting ? waiting.push(bytes) : redis.stream.write(bytes));
  return {
    stream: { isPipeline: true as const, destination: { redis }, write },
    flush(): void {
      if (waiting && waiting.length > 0) redis.stream.write(joined(waiting));
      waiting = undefined;
    },
  };
}

/** Pieces of one write, as one. */
export function joined(pieces: readonly (string | Buffer)[]): string | Buffer {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  let size = 0;
  for (const piece of pieces) size += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
  const all = Buffer.allocUnsafe(size);
  let at = 0;
  for (const piece of pieces) at += typeof piece === 'string' ? all.write(piece, at) : piece.copy(all, at);
  return all;
}
