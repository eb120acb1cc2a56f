import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to Redis that does to the bytes what the test says. */
export interface TcpProxy {
  readonly url: string;
  /** From now on nothing that Redis says gets through, until {@link pass}. */
  swallowReplies(): void;
  /** From now on nothing that we say gets through; it is given to Redis only by {@link deliverHeld}. */
  holdRequests(): void;
  /** Redis gets what was held, late. The connections that said it are gone or go on. */
  deliverHeld(): void;
  /** Resolves when Redis has said something that was swallowed: it has acted. */
  swallowed(): Promise<void>;
  /** Lets through so many more bytes of what Redis says, then cuts. */
  cutReplyAfter(bytes: number): void;
  pass(): void;
  /** Breaks our side of every connection; with `refuse` new ones are broken too. */
  cut(options?: { refuse?: boolean }): void;
  close(): Promise<void>;
}

/** A TCP proxy on a loopback port in front of a Redis. */
export async function openProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<{ client: Socket; redis: Socket; held: Buffer[] }>();
  let replies: 'pass' | 'swallow' | { bytes: number } = 'pass';
  let holding = false;
  let refusing = false;
  let onSwallowed: (() => void)[] = [];

  const server = createServer((client) => {
    if (refusing) return void client.resetAndDestroy();
    const redis = connect(Number(port), hostname);
    const pair = { client, redis, held: [] as Buffer[] };
    pairs.add(pair);
    for (const socket of [client, redis]) socket.on('error', () => {});
    client.on('data', (chunk: Buffer) => void (holding ? pair.held.push(chunk) : redis.write(chunk)));
    redis.on('data', (chunk: Buffer) => fromRedis(client, chunk));
    redis.on('close', () => pairs.delete(pair) && client.destroy());
    client.on('close', () => pair.held.length === 0 && redis.end());
  });

  function fromRedis(client: Socket, chunk: Buffer): void {
    if (replies === 'pass') return void client.write(chunk);
    if (replies !== 'swallow') {
      const part = chunk.subarray(0, replies.bytes);
      replies.bytes -= part.length;
      if (part.length > 0) client.write(part);
      if (replies.bytes > 0) return;
      replies = 'pass';
      client.destroySoon();
      return;
    }
    for (const tell of onSwallowed) tell();
    onSwallowed = [];
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  const breakAll = () => {
    for (const { client } of pairs) client.resetAndDestroy();
  };
  return {
    url: `redis://127.0.0.1:${own}`,
    swallowReplies() {
      replies = 'swallow';
    },
    holdRequests() {
      holding = true;
    },
    deliverHeld() {
      holding = false;
      for (const { redis, held } of pairs) for (const chunk of held.splice(0)) redis.write(chunk);
    },
    swallowed: () => new Promise((resolve) => void onSwallowed.push(resolve)),
    cutReplyAfter(bytes) {
      replies = { bytes };
    },
    pass() {
      replies = 'pass';
      holding = false;
      refusing = false;
    },
    cut(options = {}) {
      refusing = options.refuse ?? false;
      breakAll();
    },
    async close() {
      for (const { client, redis } of pairs) for (const socket of [client, redis]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
