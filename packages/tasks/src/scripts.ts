import { type LuaScript, readScript } from '@reelay/redis';
import { statesAsLua } from './states.ts';
import { usualAsLua } from './usual.ts';

const folder = new URL('./lua/', import.meta.url);
const prelude = statesAsLua() + usualAsLua();
const script = (name: string): LuaScript => readScript(folder, name, prelude);

/**
 * The store's Lua. Each file's head says what it does and what it returns; its KEYS and ARGV, or, where it ends in
 * `each` (lua/lib/each.lua), what its function takes for one call.
 */
export const SCRIPTS = {
  create: script('create'),
  claim: script('claim'),
  submitted: script('submitted'),
  requeue: script('requeue'),
  outcomeUnknown: script('outcome_unknown'),
  settleClaim: script('settle_claim'),
  running: script('running'),
  finish: script('finish'),
  findByUpstream: script('find_by_upstream'),
  readRecord: script('read_record'),
  pollRound: script('poll_round'),
  attempt: script('attempt'),
  redeliver: script('redeliver'),
  lookOpen: script('look_open'),
  lookUndelivered: script('look_undelivered'),
  trimIndex: script('trim_index'),
  forgetCaller: script('forget_caller'),
  countCrash: script('count_crash'),
  listTasks: script('list_tasks'),
  erase: script('erase'),
  burst: script('burst'),
};
