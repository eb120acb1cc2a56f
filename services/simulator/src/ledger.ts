import { createRing, type Ring } from './ring.ts';

// Owns: what the simulator received, so that a test can count what was paid for. It is written before the answer.
// Bounds: 200,000 submits, 50,000 status calls; bodies under 4 kB, of the newest 20,000 submits only.

const MOST_SUBMITS = 200_000;
const MOST_STATUSES = 50_000;
const MOST_BODIES = 20_000;
const LONGEST_BODY = 4_096;

/** The HTTP status that was answered, or what was done instead; null while open, or when the client left first. */
type Answered = number | 'dropped' | 'stalled' | 'reset' | null;

interface Received {
  readonly seq: number;
  readonly at_ms: number;
  readonly authorization_scheme: 'raw' | 'bearer' | 'none';
  readonly authorization_sha: string | undefined;
  answered: Answered;
}

export interface SubmitEntry extends Received {
  readonly kind: 'submit';
  /** The created task; undefined when none was. */
  task_id: string | undefined;
  readonly body_sha: string;
  readonly model: string | undefined;
  readonly marker: string | undefined;
  /** The JSON text of the body; kept as text because it is smaller, and dropped with age. */
  bodyText: string | undefined;
}

export interface StatusEntry extends Received {
  readonly kind: 'status';
  readonly task_id: string | undefined;
}

export type LedgerEntry = SubmitEntry | StatusEntry;

type NewStatus = Omit<StatusEntry, 'seq' | 'kind' | 'answered'>;
/** `body`: the bytes of a body that is JSON, of whatever size. */
type NewSubmit = Omit<SubmitEntry, 'seq' | 'kind' | 'answered' | 'task_id' | 'bodyText'> & { body: Buffer | undefined };

export interface Ledger {
  /** Records a submit; the caller writes `task_id` and `answered` into the entry as they become known. */
  submit(received: NewSubmit): SubmitEntry;
  status(received: NewStatus): StatusEntry;
  /** Entries with a seq above `after`, oldest first; `next` is the seq to go on from, null when there is no more. */
  list(ask: { kind: LedgerEntry['kind'] | undefined; after: number; limit: number }): {
    data: LedgerEntry[];
    next: number | null;
    dropped: number;
  };
  summary(): LedgerSummary;
  clear(): void;
}

interface LedgerSummary {
  submits: number;
  created: number;
  statuses: number;
  /** The most POSTs, and the most created tasks, that one marker has. */
  by_marker_max: number;
  created_by_marker_max: number;
  dropped: number;
  markers: Record<string, { submits: number; created: number }>;
}

export function createLedger(): Ledger {
  const submits = createRing<SubmitEntry>(MOST_SUBMITS);
  const statuses = createRing<StatusEntry>(MOST_STATUSES);
  let seq = 0;
  return {
    submit({ body, ...received }) {
      seq += 1;
      const bodyText = body && body.length < LONGEST_BODY ? body.toString() : undefined;
      const entry: SubmitEntry = { seq, kind: 'submit', task_id: undefined, answered: null, ...received, bodyText };
      submits.push(entry);
      const aged = submits.at(-1 - MOST_BODIES);
      if (aged) aged.bodyText = undefined;
      return entry;
    },
    status(received) {
      seq += 1;
      const entry: StatusEntry = { seq, kind: 'status', answered: null, ...received };
      statuses.push(entry);
      return entry;
    },
    list({ kind, after, limit }) {
      const rings: Ring<LedgerEntry>[] = [];
      if (kind !== 'status') rings.push(submits);
      if (kind !== 'submit') rings.push(statuses);
      // One more than asked for says whether there is a next page.
      const found = rings.flatMap((ring) => ring.after(after, limit + 1)).sort((a, b) => a.seq - b.seq);
      const data = found.slice(0, limit);
      const next = found.length > limit ? (data.at(-1)?.seq ?? null) : null;
      return { data, next, dropped: rings.reduce((sum, ring) => sum + ring.dropped, 0) };
    },
    summary: () => summarise(submits, statuses),
    clear() {
      submits.clear();
      statuses.clear();
    },
  };
}

function summarise(submits: Ring<SubmitEntry>, statuses: Ring<StatusEntry>): LedgerSummary {
  const markers = new Map<string, { submits: number; created: number }>();
  let created = 0;
  for (const entry of submits.after(0, submits.length)) {
    const isCreated = entry.task_id === undefined ? 0 : 1;
    created += isCreated;
    if (entry.marker === undefined) continue;
    const count = markers.get(entry.marker) ?? { submits: 0, created: 0 };
    markers.set(entry.marker, { submits: count.submits + 1, created: count.created + isCreated });
  }
  const counts = [...markers.values()];
  return {
    submits: submits.length,
    created,
    statuses: statuses.length,
    by_marker_max: counts.reduce((most, count) => Math.max(most, count.submits), 0),
    created_by_marker_max: counts.reduce((most, count) => Math.max(most, count.created), 0),
    dropped: submits.dropped + statuses.dropped,
    markers: Object.fromEntries(markers),
  };
}
