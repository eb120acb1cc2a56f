import { readFile } from 'node:fs/promises';

// What a `.cpuprofile` (node --cpu-prof) says: self time by package and by function, as shares of the time that the
// process was busy.

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Microseconds of the system's monotonic clock, which all processes share on Linux. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly name: string;
  /** 0 to 1 of the busy time. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly busyMs: number;
  readonly packages: readonly Share[];
  readonly functions: readonly (Share & { readonly owner: string })[];
}

/** A stretch of the monotonic clock in microseconds. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

const MOST_FUNCTIONS = 25;

/** The monotonic clock, as a profile's. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Sums up what a profile holds of the window (outside of it lie start and end), the largest first. */
export async function summariseProfile(file: string, window: Window): Promise<ProfileSummary> {
  return summarise(JSON.parse(await readFile(file, 'utf8')) as CpuProfile, window);
}

export function summarise({ nodes, samples, startTime, timeDeltas }: CpuProfile, window: Window): ProfileSummary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const packages = new Map<string, number>();
  const functions = new Map<string, { owner: string; us: number }>();
  let [busyUs, atUs] = [0, startTime];
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const us = timeDeltas[index] ?? 0;
    atUs += us;
    if (!frame || frame.functionName === '(idle)' || atUs < window.fromUs || atUs > window.toUs) continue;
    busyUs += us;
    const owner = ownerOf(frame);
    const name = nameOf(frame);
    packages.set(owner, (packages.get(owner) ?? 0) + us);
    functions.set(`${owner} ${name}`, { owner, us: (functions.get(`${owner} ${name}`)?.us ?? 0) + us });
  }
  const named = [...functions].map(([key, { owner, us }]) => ({
    owner,
    name: key.slice(owner.length + 1),
    share: us / busyUs,
  }));
  return {
    busyMs: busyUs / 1_000,
    packages: largest([...packages].map(([name, us]) => ({ name, share: us / busyUs }))),
    functions: largest(named).slice(0, MOST_FUNCTIONS),
  };
}

function largest<T extends Share>(shares: readonly T[]): T[] {
  return shares.toSorted((a, b) => b.share - a.share);
}

/** The package that a function belongs to. */
function ownerOf({ url, functionName }: CallFrame): string {
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (library) return library;
  const ours = /\/((?:packages|services)\/[^/]+)\/src\//.exec(url)?.[1];
  if (ours) return ours;
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  return functionName.startsWith('(') ? functionName : 'native';
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.slice(url.lastIndexOf('/') + 1);
  return file ? `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}` : functionName;
}

/** As two tables in Markdown; `units` is the number of accepts or polls that the time is divided by. */
export function profileTable({ busyMs, packages, functions }: ProfileSummary, units: number): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const each = (share: number) => `${((busyMs * 1_000 * share) / units).toFixed(0)} us`;
  const large = packages.filter(({ share }) => share >= LEAST_SHOWN);
  return [
    alignedTable(
      ['package', 'share', 'each'],
      large.map(({ name, share }) => [name, percent(share), each(share)]),
    ),
    alignedTable(
      ['function', 'package', 'self'],
      functions.map(({ name, owner, share }) => [`\`${name}\``, owner, percent(share)]),
    ),
  ].join('\n\n');
}

const LEAST_SHOWN = 0.01;

/** Columns as wide as their longest cell, as the formatter wants them. */
function alignedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
