/** An answer of the upstream that is not on disk yet. */
export interface Answer {
  readonly task: string;
  readonly claim: number;
  readonly upstreamTaskId: string;
}

export interface AnswersInHand {
  /** Keeps the answer in the list until `record` has ended well. */
  hold<T>(answer: Answer, record: () => Promise<T>): Promise<T>;
  /** What would be lost if the process ended now. */
  list(): readonly Answer[];
}

/** So that a forced exit can at least log both ids of every paid task it lets go (design section 5.6). */
export function createAnswersInHand(): AnswersInHand {
  const held = new Set<Answer>();
  return {
    async hold(answer, record) {
      held.add(answer);
      const result = await record();
      held.delete(answer);
      return result;
    },
    list: () => [...held],
  };
}
