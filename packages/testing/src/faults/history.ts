import type { TaskStatus } from '@reelay/contracts';

/** What one request to submit was told. Several with the same marker are one client that tried again. */
export interface ClientAnswer {
  /** Stands in the prompt as `{{marker}}`, so that all three ledgers can be joined by it. */
  readonly marker: string;
  readonly taskId?: string | undefined;
  /** A 2xx; 503 `accept_unknown`; any other refusal that says it was not taken; none at all. */
  readonly outcome: 'accepted' | 'accept_unknown' | 'unavailable' | 'no_answer';
  /** Different callers' keys must differ here too. */
  readonly idempotencyKey?: string | undefined;
}

/** The POSTs of one marker that the simulator received. */
export interface SubmitCounts {
  readonly submits: number;
  readonly created: number;
  /** Those answered 429: proven not taken, so each allows one more. None when left out. */
  readonly refused?: number;
  /** The ids of the created tasks; left out, only their number is checked. */
  readonly taskIds?: readonly string[];
}

/** What `GET /_sim/ledger/summary?markers=1` gives, or, with refusals and ids, {@link submitsByMarker}. */
interface SimulatorLedger {
  readonly markers: Readonly<Record<string, SubmitCounts>>;
  /** Submits that the simulator has forgotten. */
  readonly submitsDropped?: number;
}

/** One webhook as a receiver got it. */
export interface ReceivedWebhook {
  readonly webhookId: string;
  readonly taskId: string;
  /** E.g. `task.succeeded`. */
  readonly type: string;
  readonly sequence: number;
  readonly bodySha: string;
  /** The simulator's inbox has the same words. */
  readonly signature: 'valid' | 'invalid' | 'unverified' | 'missing';
}

/** A task as Reelay tells it at the end of the run. */
export interface FinalRecord {
  readonly id: string;
  readonly marker: string;
  readonly status: TaskStatus;
  readonly errorCode?: string | null | undefined;
  readonly upstreamTaskId?: string | null | undefined;
  readonly lateUpstreamTaskId?: string | null | undefined;
  /** False for a task whose end is told to nobody. */
  readonly hasWebhook?: boolean;
}

/** The three ledgers and the records, of one run. All tasks of the run are in `tasks`, whoever knows of them. */
export interface History {
  readonly accepted: readonly ClientAnswer[];
  readonly simulator: SimulatorLedger;
  readonly received: readonly ReceivedWebhook[];
  readonly tasks: readonly FinalRecord[];
  /** How many further POSTs a marker's task may make, for those with `on_submit_unknown: "resubmit"`. */
  readonly resubmits?: Readonly<Record<string, number>>;
}

interface SubmitEntry {
  readonly marker?: string | undefined;
  readonly task_id?: string | undefined;
  readonly answered: unknown;
}

/** Counts the entries of the simulator's `GET /_sim/ledger?kind=submit`, all its pages together. */
export function submitsByMarker(entries: Iterable<SubmitEntry>): Record<string, SubmitCounts> {
  const markers = new Map<string, { submits: number; created: number; refused: number; taskIds: string[] }>();
  for (const { marker, task_id: taskId, answered } of entries) {
    if (marker === undefined) continue;
    const counts = markers.getOrInsertComputed(marker, () => ({ submits: 0, created: 0, refused: 0, taskIds: [] }));
    counts.submits += 1;
    if (answered === 429) counts.refused += 1;
    if (taskId === undefined) continue;
    counts.created += 1;
    counts.taskIds.push(taskId);
  }
  return Object.fromEntries(markers);
}
