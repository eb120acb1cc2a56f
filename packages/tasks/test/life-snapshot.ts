import { EVENT_TYPES } from '@reelay/contracts';
import type { Redis } from 'ioredis';
import { key } from './setup.ts';

/** What Redis holds of one task, as it is. */
export interface TaskSnapshot {
  readonly fields: Readonly<Record<string, string>>;
  readonly status: string;
  readonly claim: number;
  readonly sequence: number;
  readonly open: boolean;
  /** Stands in the index of the polls. */
  readonly polled: boolean;
  /** Milliseconds that the record still has; -1 without an end. */
  readonly ttl: number;
  /** Per event: its delivery's state and sequence. */
  readonly deliveries: ReadonlyMap<string, { state: string; sequence: number }>;
}

export interface Snapshot {
  readonly tasks: readonly TaskSnapshot[];
  readonly inFlight: number;
  /** What the store counted as its caller's queued tasks. */
  readonly queued: number;
}

const FINAL = ['succeeded', 'failed', 'expired', 'canceled'];
const IN_FLIGHT = ['submitting', 'submitted', 'running'];

/** Design section 4, written down once more: the model must not believe the table that it tests. */
export const LEGAL_EDGES: readonly string[] = [
  ...['submitting', 'canceled', 'expired', 'failed'].map((to) => `queued ${to}`),
  ...['queued', 'submitted', 'failed'].map((to) => `submitting ${to}`),
  ...['running', ...FINAL].map((to) => `submitted ${to}`),
  ...FINAL.map((to) => `running ${to}`),
];

/** All that the invariants look at, in one round trip. `name` is that of the account and of the caller. */
export async function takeSnapshot(redis: Redis, ids: readonly string[], name: string): Promise<Snapshot> {
  const record = (id: string) => key('task', id);
  const [inFlight, queued, ...tasks] = await Promise.all([
    redis.get(key('account', name, 'in_flight')),
    redis.get(key('caller', name, 'queued')),
    ...ids.map(async (id): Promise<TaskSnapshot> => {
      const [fields, look, poll, ttl] = await Promise.all([
        redis.hgetall(record(id)),
        redis.zscore(key('open'), id),
        redis.zscore(key('polls'), id),
        redis.pttl(record(id)),
      ]);
      return {
        fields,
        status: fields['status'] ?? 'missing',
        claim: Number(fields['claim']),
        sequence: Number(fields['sequence']),
        open: look !== null || poll !== null,
        polled: poll !== null,
        ttl,
        deliveries: new Map(
          EVENT_TYPES.flatMap((event) => {
            const [, state, , , sequence] = fields[event.replace('task', 'delivery')]?.split(' ') ?? [];
            return state ? [[event, { state, sequence: Number(sequence) }]] : [];
          }),
        ),
      };
    }),
  ]);
  return { tasks, inFlight: Number(inFlight ?? 0), queued: Number(queued ?? 0) };
}

/** What must hold of every state of the world, whatever came before; one sentence per breach. */
export function breachesOf({ tasks, inFlight, queued }: Snapshot): string[] {
  const breaches: string[] = [];
  const must = (holds: boolean, sentence: string) => void (holds || breaches.push(sentence));
  const flying = tasks.filter(({ status }) => IN_FLIGHT.includes(status)).length;
  must(inFlight === flying, `${flying} tasks are in flight and the counter says ${inFlight}`);
  const waiting = tasks.filter(({ status }) => status === 'queued').length;
  must(queued === waiting, `${waiting} tasks are queued and the counter says ${queued}`);
  for (const task of tasks) {
    const { status, fields, deliveries } = task;
    const final = FINAL.includes(status);
    const pending = [...deliveries.values()].filter(({ state }) => state === 'pending').length;
    const upstreamHasIt = status === 'submitted' || status === 'running';
    must(task.polled === upstreamHasIt, `a ${status} task is ${task.polled ? '' : 'not '}polled`);
    must(task.open === !final, `a ${status} task is ${task.open ? '' : 'not '}among the open ones`);
    must(final && pending === 0 ? task.ttl > 0 : task.ttl === -1, `a ${status} task is kept for ${task.ttl} ms`);
    must(Number(fields['resubmits'] ?? 0) <= Number(fields['max_resubmits'] ?? 0), 'more resubmits than asked for');
    const erased = fields['erased_at'] !== undefined;
    must(erased || isLast(status, fields['timeline']), 'the timeline does not tell the last change');
    must(!erased || final, `a ${status} task was erased`);
    const upstream = fields['upstream_task_id'];
    must(!upstream || upstream === `up-${task.claim}`, `claim ${task.claim} has the upstream task ${upstream}`);
    const ends = FINAL.filter((end) => deliveries.has(`task.${end}`));
    must(ends.length <= 1 && (ends[0] ?? status) === status, `a ${status} task has the final events ${ends}`);
  }
  return breaches;
}

/** What must hold between a state of a task and the next one. */
export function breachesBetween(
  before: TaskSnapshot,
  after: TaskSnapshot,
  wanted: (event: string) => boolean,
): string[] {
  const breaches: string[] = [];
  const must = (holds: boolean, sentence: string) => void (holds || breaches.push(sentence));
  const moved = before.status !== after.status;
  if (moved) must(LEGAL_EDGES.includes(`${before.status} ${after.status}`), `${before.status} became ${after.status}`);
  must(after.sequence === before.sequence + (moved ? 1 : 0), `the sequence went to ${after.sequence}`);
  const claimed = moved && after.status === 'submitting';
  must(after.claim === before.claim + (claimed ? 1 : 0), `the claim went from ${before.claim} to ${after.claim}`);
  const erased = before.fields['erased_at'] !== after.fields['erased_at'];
  const pending = [...after.deliveries.values()].some(({ state }) => state === 'pending');
  must(!erased || !(before.fields['erased_at'] || pending), 'it was erased twice, or with an event to be delivered');
  if (FINAL.includes(before.status)) {
    const content = erased ? [] : ['error', 'result'];
    for (const name of ['status', 'finished_at', 'sequence', 'claim', 'upstream_task_id', ...content]) {
      must(before.fields[name] === after.fields[name], `${name} of a final task changed`);
    }
  }
  const event = `task.${after.status}`;
  const told = moved && wanted(event);
  const made = [...after.deliveries.keys()].filter((name) => !before.deliveries.has(name));
  must(made.join() === (told ? event : ''), `it became ${after.status} and the events [${made}] were made`);
  if (told) must(after.deliveries.get(event)?.sequence === after.sequence, 'an event has another sequence');
  return breaches;
}

/** Late answers aside, the last line is of the last move. */
function isLast(status: string, timeline = ''): boolean {
  const words = `0 queued\n${timeline}`.split('\n').map((line) => line.split(' ')[1] ?? 'late_answer');
  return words.findLast((word) => word !== 'late_answer') === status;
}
