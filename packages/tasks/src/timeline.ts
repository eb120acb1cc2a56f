import type { TimelineEntry } from './task.ts';

/**
 * A task's timeline out of its record, oldest first. A line there is `<ms since creation> <word> <detail>`, and leaves out
 * what follows from the rest (lua/lib/task.lua, timeline_with): its acceptance, the upstream's id at `submitted`, and the
 * sequence, which rises by one from line to line but for late answers. When the timeline is full, lines after its first are
 * missing; when it was erased, all up to the end.
 */
export function timelineFrom(
  text: string,
  about: { createdAt: number; sequence: number; upstreamTaskId: string | undefined; isErased: boolean },
): TimelineEntry[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const backwards: TimelineEntry[] = [];
  let { sequence } = about;
  for (const line of lines.toReversed()) {
    const [after, word = '', ...detail] = line.split(' ');
    backwards.push({
      sequence,
      at: about.createdAt + Number(after),
      word,
      detail: word === 'submitted' ? about.upstreamTaskId : detail.join(' ') || undefined,
    });
    if (word !== 'late_answer') sequence--;
  }
  if (!about.isErased) backwards.push({ sequence: 1, at: about.createdAt, word: 'queued', detail: undefined });
  return backwards.toReversed();
}

/** One line as it is told, by its words: `<sequence> <unix ms> <word> <detail>` (lua/lib/task.lua, timeline_with). */
export function entryFrom([sequence, at, word, ...detail]: readonly string[]): TimelineEntry {
  return {
    sequence: Number(sequence),
    at: Number(at),
    word: word ?? '',
    detail: detail.length > 0 ? detail.join(' ') : undefined,
  };
}
