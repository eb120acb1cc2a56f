import { describeErrors, type Problem } from './describe-errors.ts';
import type { Model } from './model-file.ts';

export interface TaskInput {
  readonly input?: unknown;
  readonly parameters?: unknown;
}

const MOST_PROBLEMS = 20;
/** Far above what any model takes; it bounds the errors that one body can make the schema produce. */
const MOST_MEMBERS = 1_000;

/** What is wrong with a task's input by its model's schema, at most 20 problems, one per place; empty when it is valid. */
export function validateInput(model: Model, { input, parameters }: TaskInput): readonly Problem[] {
  const members = { input, parameters };
  if (countMembers(members, MOST_MEMBERS) > MOST_MEMBERS) {
    return [
      { pointer: '', message: `must not have more than ${MOST_MEMBERS} members in all; ${model.model} takes few.` },
    ];
  }
  if (model.accepts(members)) return [];
  return describeErrors(model.accepts.errors ?? [], model.schema).slice(0, MOST_PROBLEMS);
}

/** How many members and items a value has, all levels together; it stops counting above `most`. */
function countMembers(value: unknown, most: number): number {
  const open: object[] = isObject(value) ? [value] : [];
  let count = 0;
  for (let next = open.pop(); next && count <= most; next = open.pop()) {
    for (const key in next) {
      count += 1;
      if (count > most) break;
      const member = (next as Record<string, unknown>)[key];
      if (isObject(member)) open.push(member);
    }
  }
  return count;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
