import { Command, type Redis } from 'ioredis';
import { oneWrite } from './one-write.ts';

/**
 * HGETALL for those who read many hashes at once: what is asked for in one turn of the event loop goes in one write and
 * comes in one round trip. A hash that is not there is one without fields. Not ioredis' pipeline, which copies every script
 * that the connection knows.
 */
export function createHashReader(redis: Redis): (key: string) => Promise<Record<string, string>> {
  let asked: Command[] = [];

  function send(): void {
    const out = oneWrite(redis);
    for (const command of asked) redis.sendCommand(command, out.stream);
    asked = [];
    out.flush();
  }

  return (key) => {
    const command = new Command('hgetall', [key], { replyEncoding: 'utf8' });
    if (asked.push(command) === 1) setImmediate(send);
    return command.promise as Promise<Record<string, string>>;
  };
}
