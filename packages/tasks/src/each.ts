import { keyUnder, type LuaScript, type Slot } from '@reelay/redis';
import { ReplyError } from 'ioredis';
import { UnexpectedReplyError } from './reply.ts';

/** Several calls of one script as the arguments of one run of it; it ends in lua/lib/each.lua. */
export function runOfEach(
  tag: string,
  calls: readonly (readonly (string | number)[])[],
): { keys: string[]; args: (string | number)[] } {
  const args: (string | number)[] = [tag];
  for (const call of calls) args.push(call.length, ...call);
  return { keys: [keyUnder(tag, 'task')], args };
}

/** What that run answered to each of its `count` calls. Throws for what no such script answers. */
export function answersOfEach(script: LuaScript, reply: unknown, count: number): Slot[] {
  const answers: unknown = typeof reply === 'string' ? JSON.parse(reply) : undefined;
  if (!Array.isArray(answers) || answers.length !== count) throw new UnexpectedReplyError(script.name, reply);
  return answers.map(slotOf);
}

function slotOf(answer: { readonly err: string } | readonly unknown[]): Slot {
  return 'err' in answer ? [new ReplyError(answer.err), undefined] : [null, answer];
}
