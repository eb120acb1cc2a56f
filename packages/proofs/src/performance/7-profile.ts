import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProfileSummary, profileTable, runTasks, summariseProfile, withOutside, withSystem } from '@reelay/bench';
import { type Proof, show } from '../proof.ts';

const PAGE = new URL('../../../../docs/performance.md', import.meta.url);
const INTERVAL_MS = 200;
const CONCURRENCY = 64;
const WARM_UP = 2_000;
/** Profile to process: many polls per task, so that the worker's is one of polls. */
const PROFILED = { accept: 'api', poll: 'generation-worker' } as const;
const POLLS = 12;

/** Profiles the real processes at work, and writes what they do into docs/performance.md. */
export function profiles(about: { count: number }): Proof {
  return {
    title: 'Profiles of accept and of poll, written into docs/performance.md',
    async run(say) {
      const summaries = await takeProfiles(about.count);
      let page = await readFile(PAGE, 'utf8');
      for (const [name, { summary, units }] of Object.entries(summaries)) {
        page = withTable(page, name, profileTable(summary, units));
        say(`${name}: ${Math.round(summary.busyMs)} ms of work in ${units} ${name}s`);
      }
      await writeFile(PAGE, page);
      const { accept, poll } = summaries;
      const each = { accept_us: perUnitUs(accept), poll_us: perUnitUs(poll) };
      return show(each, { 'both processes were profiled at work': each.accept_us > 0 && each.poll_us > 0 });
    },
  };
}

interface Profile {
  readonly summary: ProfileSummary;
  /** Accepts, or polls: what the time is divided by. */
  readonly units: number;
}

function takeProfiles(count: number): Promise<Record<keyof typeof PROFILED, Profile>> {
  return withOutside({ receivers: 1 }, async ({ outside, folder }) => {
    const profiled = Object.values(PROFILED);
    const options = { folder, upstreamPort: outside.upstreamPort, intervalMs: INTERVAL_MS, profiled };
    const plan = { kind: 'polls', polls: POLLS } as const;
    const work = { count, concurrency: CONCURRENCY, plan, compileWith: WARM_UP, warmUp: 0 };
    const run = await withSystem('reelay', options, (system) => runTasks(system, outside, work));
    // A process writes its profile when it ends.
    const summaryOf = (name: string) => summariseProfile(join(folder, `${name}.cpuprofile`), run.window);
    return {
      accept: { summary: await summaryOf(PROFILED.accept), units: run.told.accepted },
      poll: { summary: await summaryOf(PROFILED.poll), units: run.upstream.polls },
    };
  });
}

function perUnitUs({ summary, units }: Profile): number {
  return Math.round((summary.busyMs * 1_000) / units);
}

/** Puts a table between its two marks. Throws when the page has lost them. */
function withTable(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- profile ${name} -->`, `<!-- end of profile ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place "${begin}" … "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}
