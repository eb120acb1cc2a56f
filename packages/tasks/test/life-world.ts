/**
 * A small world around two tasks and three workers, for the model of a task's life.
 *
 * Owns: who believes what. A worker's run learns only what it was answered; replies get lost, commands come twice or
 * much later (`ghost`), workers die and come back. Does not own: what is right (life-snapshot.ts).
 */
import { EVENT_TYPES } from '@reelay/contracts';
import fc from 'fast-check';
import type { ClaimOutcome, NewTask } from '../src/index.ts';
import { breachesBetween, breachesOf, type Snapshot, type TaskSnapshot, takeSnapshot } from './life-snapshot.ts';
import { aNewTask, key, type OpenStore } from './setup.ts';

export const WORKERS = 3;
const TASKS = 2;

const HOOK = 'https://hooks.test/a';
const FINAL_EVENTS: readonly string[] = ['task.succeeded', 'task.failed', 'task.expired', 'task.canceled'];

export const taskShape = fc.record({
  webhookUrl: fc.constantFrom(HOOK, undefined),
  webhookEvents: fc.constantFrom(undefined, EVENT_TYPES, ['task.running', 'task.failed'] as const),
  onSubmitUnknown: fc.constantFrom('resubmit', 'resubmit', 'fail'),
  maxResubmits: fc.integer({ min: 0, max: 2 }),
});

export type TaskShape = typeof taskShape extends fc.Arbitrary<infer T> ? T : never;

export const OUTCOMES = [
  'submitted',
  'submitted',
  'submitted',
  'not_sent',
  'rate_limited',
  'unknown',
  'refused',
] as const;

/** A run that was told that the claim is its own: it may POST, once. */
export interface Run {
  readonly worker: number;
  readonly token: string;
  readonly claim: number;
  /** What its POST came to; undefined while nobody knows. */
  outcome?: (typeof OUTCOMES)[number];
}

export interface Modelled {
  readonly task: NewTask;
  readonly runs: Run[];
  /** The last claim command of a run, to be sent again. */
  lastClaim?: { worker: number; token: string };
  /** What the api read of it, maybe long ago. */
  apiSaw?: { status: string; claim: number };
}

/** A command as it goes to Redis. `claim` is the number that it names, if it names one. */
export interface Command<T = unknown> {
  readonly task: number;
  readonly claim?: number;
  send(): Promise<T>;
}

export interface World {
  readonly opened: OpenStore;
  readonly account: string;
  readonly cap: number;
  readonly tasks: readonly Modelled[];
  readonly alive: Set<number>;
  /** All commands so far: any of them may reach Redis once more. */
  readonly sent: Command[];
  now: Snapshot;
  /** A command was sent since `now`. */
  unchecked: boolean;
  /** `<from> <to>` of every change seen. */
  readonly edges: Set<string>;
}

let worlds = 0;

export const workerName = (world: World, worker: number) => `${world.account}-w${worker}`;

/** Two accepted tasks on an account and of a caller of their own (both of one name), and three live workers. */
export async function openWorld(
  opened: OpenStore,
  about: { shapes: readonly TaskShape[]; cap: number; edges: Set<string> },
): Promise<World> {
  const account = `account-${++worlds}`;
  const tasks = about.shapes
    .slice(0, TASKS)
    .map((shape) => ({ task: aNewTask({ ...shape, caller: account }), runs: [] }));
  await Promise.all(tasks.map(({ task }) => opened.accept(task)));
  const world: World = {
    opened,
    account,
    cap: about.cap,
    tasks,
    alive: new Set(),
    sent: [],
    unchecked: false,
    now: await look(opened, tasks, account),
    edges: about.edges,
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => comesUp(world, worker)));
  return world;
}

const look = (opened: OpenStore, tasks: readonly Modelled[], account: string) =>
  takeSnapshot(
    opened.redis,
    tasks.map(({ task }) => task.id),
    account,
  );

export async function comesUp(world: World, worker: number): Promise<void> {
  world.alive.add(worker);
  await world.opened.redis.set(key('worker', workerName(world, worker)), '1');
}

export async function goesDown(world: World, worker: number): Promise<void> {
  world.alive.delete(worker);
  await world.opened.redis.del(key('worker', workerName(world, worker)));
}

/** Sends a command, twice if so asked (the second reply is the one that is heard), and remembers it. */
export async function send<T>(world: World, command: Command<T>, twice = false): Promise<T> {
  world.sent.push(command);
  world.unchecked = true;
  if (twice) await command.send();
  return command.send();
}

/** A run hears that it has the claim. Nobody else may have heard the same of that number. */
export function hears(modelled: Modelled, run: { worker: number; token: string }, outcome: ClaimOutcome): void {
  if (outcome.kind !== 'claimed') return;
  const { claim } = outcome;
  const holder = modelled.runs.find((other) => other.claim === claim);
  if (!holder) return void modelled.runs.push({ ...run, claim });
  if (holder.token !== run.token) throw new Error(`Claim ${claim} was given to two runs`);
}

/** Looks at Redis and throws if it does not follow lawfully from what was there before. */
export async function check(world: World, named?: { task: number; claim: number }): Promise<void> {
  const before = world.now;
  world.unchecked = false;
  world.now = await look(world.opened, world.tasks, world.account);
  const breaches = breachesOf(world.now);
  for (const [index, modelled] of world.tasks.entries()) {
    const [was, is] = [before.tasks[index], world.now.tasks[index]];
    if (!was || !is) continue;
    breaches.push(
      ...breachesBetween(was, is, (event) => wants(modelled.task, event)),
      ...breachesOfPosts(modelled, is),
    );
    if (was.status !== is.status) world.edges.add(`${was.status} ${is.status}`);
    if (named?.task === index && named.claim !== was.claim && was.status !== is.status) {
      breaches.push(`a command that named claim ${named.claim} moved a task of claim ${was.claim}`);
    }
  }
  if (breaches.length > 0) throw new Error(breaches.join('; '));
}

function wants(task: NewTask, event: string): boolean {
  const asked: readonly string[] = task.webhookEvents ?? FINAL_EVENTS;
  return task.webhookUrl !== undefined && asked.includes(event);
}

/** P2: of all runs that may have POSTed, only one did so without a resubmit that the caller asked for. */
function breachesOfPosts({ runs }: Modelled, is: TaskSnapshot): string[] {
  const posts = runs.filter(({ outcome }) => outcome !== 'not_sent' && outcome !== 'rate_limited').length;
  const allowed = 1 + Number(is.fields['resubmits'] ?? 0);
  return posts > allowed ? [`${posts} POSTs may have been taken, ${allowed} are allowed`] : [];
}
