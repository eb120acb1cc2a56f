/** What the polls of a task tell the next one: counts in a row, never facts of the task. Times in milliseconds. */
export interface PollMemory {
  readonly polls: number;
  readonly failures: number;
  /** Unix milliseconds by Redis of the first failure in a row; 0 while polls succeed. */
  readonly failingSince: number;
  readonly notFound: number;
  readonly emptySuccess: number;
  /** The task's age at the last poll that found it open. */
  readonly openAt?: number;
  /** Its ages between which it began to run, as far as the polls tell. */
  readonly beganRunning?: readonly [afterMs: number, byMs: number];
}

export const NOTHING_SEEN: PollMemory = { polls: 0, failures: 0, failingSince: 0, notFound: 0, emptySuccess: 0 };

const NONE = '-';

/**
 * As it stands in the record of every task in flight: `<polls> <open at> <began after> <began by>`, and, while polls fail,
 * ` <failures> <failing since> <not found> <empty success>`.
 */
export function textOfMemory(memory: PollMemory): string {
  const { polls, openAt, beganRunning, failures, failingSince, notFound, emptySuccess } = memory;
  const ages = [openAt, ...(beganRunning ?? [undefined, undefined])];
  const inRow = [failures, failingSince, notFound, emptySuccess];
  const words = [polls, ...ages.map((age) => (age === undefined ? NONE : Math.round(age)))];
  return [...words, ...(inRow.some((count) => count !== 0) ? inRow : [])].join(' ');
}

/** Written by us alone. */
export function memoryFrom(text: string): PollMemory {
  if (text === '') return NOTHING_SEEN;
  const [polls, openAt, after, by, failures = 0, failingSince = 0, notFound = 0, emptySuccess = 0] = text
    .split(' ')
    .map((word) => (word === NONE ? undefined : Number(word)));
  return {
    polls: polls ?? 0,
    failures,
    failingSince,
    notFound,
    emptySuccess,
    ...(openAt === undefined ? {} : { openAt }),
    ...(after === undefined || by === undefined ? {} : { beganRunning: [after, by] as const }),
  };
}
