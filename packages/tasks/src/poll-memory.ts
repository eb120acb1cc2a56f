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

/** As it stands in the record: without what is nothing, as every open task has one. */
export function textOfMemory(memory: PollMemory): string {
  return JSON.stringify(memory, (_name, value: unknown) => (value === 0 ? undefined : value));
}

/** Written by us alone. */
export function memoryFrom(text: string): PollMemory {
  return text === '' ? NOTHING_SEEN : { ...NOTHING_SEEN, ...(JSON.parse(text) as Partial<PollMemory>) };
}
