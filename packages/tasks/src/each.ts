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

/** What that run answered to each of its `count` calls; an UnexpectedReplyError in all of them when that cannot be read. */
export function answersOfEach(script: LuaScript, reply: unknown, count: number): Slot[] {
  const answers = listFrom(reply);
  if (answers?.length === count) return answers.map(slotOf);
  return Array.from({ length: count }, () => [new UnexpectedReplyError(script.name, reply), undefined]);
}

function listFrom(reply: unknown): unknown[] | undefined {
  if (typeof reply !== 'string' || reply === '') return undefined;
  const answers: unknown = JSON.parse(reply); // cjson's, which is JSON if it is anything
  return Array.isArray(answers) ? answers : undefined;
}

/** An answer is a list, which the caller judges; an error is an object. */
function slotOf(answer: unknown): Slot {
  const { err } = (answer ?? {}) as { err?: string };
  return err === undefined ? [null, answer] : [new ReplyError(err), undefined];
}
