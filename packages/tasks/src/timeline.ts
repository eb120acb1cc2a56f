import type { TimelineEntry } from './task.ts';

/** A task's timeline out of its record, oldest first. */
export function timelineFrom(text: string): TimelineEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => entryFrom(line.split(' ')));
}

/** One line of it, as its words: `<sequence> <unix ms> <word> <detail>` (lua/lib/task.lua, timeline_with). */
export function entryFrom([sequence, at, word, ...detail]: readonly string[]): TimelineEntry {
  return {
    sequence: Number(sequence),
    at: Number(at),
    word: word ?? '',
    detail: detail.length > 0 ? detail.join(' ') : undefined,
  };
}
