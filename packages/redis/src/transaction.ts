/**
 * Several scripts as one MULTI/EXEC.
 *
 * ioredis' own `multi()` copies every script that the connection knows into each transaction (some 80, BullMQ's
 * included), makes five promises and a timer for each command, and asks for each argument's size twice. Here a command
 * is its bytes, and only EXEC has a reply that anybody waits for. What becomes of a transaction whose connection breaks
 * is left to ioredis: by `inTransaction` and `pipelineIndex` it sends it again as a whole, or gives it up as a whole.
 */
import { Command, type Redis } from 'ioredis';
import { joined, oneWrite } from './one-write.ts';
import { knownScript } from './scripts.ts';

/** One script inside a transaction; `args` begins with its `keys` keys. */
export interface ScriptCall {
  /** As it is defined on the connection. */
  readonly name: string;
  readonly keys: number;
  readonly args: readonly (string | number | Buffer)[];
}

/** A call's reply, or the error that it ended in. */
export type Slot = readonly [error: Error | null, reply: unknown];

/**
 * Runs the scripts in this order, with nothing between them; gives a slot for each. Nobody falls back from EVALSHA to
 * EVAL here: a script that Redis does not hold is NOSCRIPT in its slot. Rejects when nothing was done (EXECABORT) and when
 * the reply was lost; throws for a script that the connection does not know.
 */
export async function runTransaction(redis: Redis, calls: readonly ScriptCall[]): Promise<Slot[]> {
  const inside = calls.map((call) => new QueuedCommand('evalsha', argsOf(redis, call)));
  const exec = new Command('exec', [], { replyEncoding: 'utf8' });
  const out = oneWrite(redis);
  for (const [index, command] of [new QueuedCommand('multi', []), ...inside, exec].entries()) {
    command.inTransaction = true;
    command.pipelineIndex = index;
    redis.sendCommand(command, out.stream);
  }
  out.flush();
  const replies: unknown = await exec.promise;
  if (!Array.isArray(replies)) throw new Error('Redis dropped a transaction');
  return replies.map((reply: unknown) => (reply instanceof Error ? [reply, undefined] : [null, reply]));
}

function argsOf(redis: Redis, { name, keys, args }: ScriptCall): (string | number | Buffer)[] {
  return [knownScript(redis, name).sha, keys, ...args];
}

/** A command whose reply is +QUEUED: nobody waits for it, and an error of it is EXEC's too. */
class QueuedCommand extends Command {
  constructor(name: string, args: (string | number | Buffer)[]) {
    super(name); // it would go through them three times, to make texts of what are texts
    this.args = args;
    this.isTraced = true;
    this.promise.catch(() => undefined);
  }

  override setTimeout(): void {
    // EXEC's is enough.
  }

  override toWritable(): string | Buffer {
    const pieces: (string | Buffer)[] = [];
    let text = `*${this.args.length + 1}\r\n$${this.name.length}\r\n${this.name}\r\n`;
    for (const arg of this.args) {
      if (Buffer.isBuffer(arg)) {
        pieces.push(`${text}$${arg.length}\r\n`, arg);
        text = '\r\n';
      } else {
        const value = String(arg ?? ''); // as ioredis has it: BullMQ's arguments come as they are
        text += `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
      }
    }
    return pieces.length === 0 ? text : joined([...pieces, text]);
  }
}
