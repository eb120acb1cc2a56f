// The talk between the bench and its helper processes: questions one way, answers the other, over Node's own channel.

export interface Question {
  readonly number: number;
  readonly kind: string;
  readonly about?: unknown;
}

export type Reply = { readonly number: number } & ({ readonly value: unknown } | { readonly error: string });

type Answers = Readonly<Record<string, (about: never) => unknown>>;

/** Answers the bench's questions, each by the function of its kind, and says that this process is ready. */
export function answerQuestions(answers: Answers): void {
  process.on('message', async (question: Question) => {
    process.send?.(await replyTo(question, answers));
  });
  process.on('disconnect', () => process.exit(0)); // the bench is gone
  console.log('{"msg":"ready"}');
}

async function replyTo({ number, kind, about }: Question, answers: Answers): Promise<Reply> {
  try {
    const answer = answers[kind];
    if (!answer) throw new Error(`There is no question "${kind}" here`);
    return { number, value: await answer(about as never) };
  } catch (error) {
    return { number, error: String(error) };
  }
}

/** What a helper process was started with: the JSON in its first argument. */
export function settingsOf<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Unix milliseconds with a fraction; the processes of one machine agree on it. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
