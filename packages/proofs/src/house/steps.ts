import type { LogLine } from '@reelay/testing';

/** What the workers' logs (LOG_LEVEL=debug) tell about the steps of each job. Times are unix milliseconds. */
export interface Steps {
  /** To be handed to every worker's `onLine`. */
  note(line: LogLine): void;
  /** When the first step of this job began, or its claim was settled, at or after `atMs`; undefined when none was. */
  nextStart(job: string, atMs: number): number | undefined;
  /** The jobs of which a step began in this span. */
  startedBetween(fromMs: number, toMs: number): string[];
  /** Lines with this message, over all workers. */
  count(message: string): number;
}

export function watchSteps(): Steps {
  const starts = new Map<string, number[]>();
  const messages = new Map<string, number>();
  return {
    note(line) {
      const message = String(line['msg']);
      if (message !== 'step ends') messages.set(message, (messages.get(message) ?? 0) + 1);
      // A claim whose worker is gone is not stepped again: its settlement is what follows.
      const isSettled = message.startsWith('The claim of a worker that is gone');
      if (message !== 'step starts' && !isSettled) return;
      const job = isSettled ? `${line['task']}-submit` : String(line['job']);
      const times = starts.get(job) ?? [];
      times.push(Date.parse(String(line['time'])));
      starts.set(job, times);
    },
    nextStart: (job, atMs) => starts.get(job)?.find((time) => time >= atMs),
    startedBetween: (fromMs, toMs) =>
      [...starts].filter(([, times]) => times.some((time) => time >= fromMs && time < toMs)).map(([job]) => job),
    count: (message) => messages.get(message) ?? 0,
  };
}

/** What a worker has in hand at this moment, by its log. */
export function watchHands(): { note(line: LogLine): void; jobs(): string[] } {
  const open = new Set<string>();
  return {
    note(line) {
      if (line['msg'] === 'step starts') open.add(String(line['job']));
      if (line['msg'] === 'step ends') open.delete(String(line['job']));
    },
    jobs: () => [...open],
  };
}
