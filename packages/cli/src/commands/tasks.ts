import type { Task, TaskFilters } from '@reelay/client';
import { type Command, Option } from 'commander';
import { UsageError } from '../exit-code.ts';
import type { Begin, Run } from '../settings.ts';
import { addWaitOptions, valued } from '../text/option.ts';
import { taskLine, taskText } from '../text/task.ts';
import { type EndOptions, requireWritable, seeItEnd } from './see-it-end.ts';

const STATUSES = ['queued', 'submitting', 'submitted', 'running', 'succeeded', 'failed', 'expired', 'canceled'];

export function addGet(program: Command, begin: Begin): void {
  program
    .command('get')
    .description('show a task')
    .argument('<id>')
    .action(async (id: string) => {
      const run = begin();
      show(run, await run.reelay.tasks.get(id, { signal: run.io.signal }));
    });
}

export function addCancel(program: Command, begin: Begin): void {
  program
    .command('cancel')
    .description('cancel a task that was not sent upstream yet')
    .argument('<id>')
    .action(async (id: string) => {
      const run = begin();
      show(run, await run.reelay.tasks.cancel(id, { signal: run.io.signal }));
    });
}

interface ListOptions extends Pick<TaskFilters, 'status' | 'model'> {
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly upstreamTaskId?: string;
  readonly count: number;
}

export function addList(program: Command, begin: Begin): void {
  program
    .command('list')
    .description('list tasks, newest first')
    .addOption(new Option('-s, --status <status>', 'only those in this state').choices(STATUSES))
    .option('-m, --model <id>', 'only those of this model')
    .option('--created-after <time>', 'e.g. 2026-03-01T12:00:00Z')
    .option('--created-before <time>', 'the same')
    .option('--upstream-task-id <id>', 'the one that the upstream knows by this id')
    .option('-n, --count <count>', 'at most so many', valued(parseCount), 20)
    .action((options: ListOptions) => list(begin(), options));
}

async function list({ io, reelay, json }: Run, options: ListOptions): Promise<void> {
  const { count, createdAfter, createdBefore, upstreamTaskId, ...rest } = options;
  const filters = {
    ...rest,
    ...(createdAfter && { created_after: createdAfter }),
    ...(createdBefore && { created_before: createdBefore }),
    ...(upstreamTaskId && { upstream_task_id: upstreamTaskId }),
    limit: Math.min(count, 100),
  };
  let left = count;
  for await (const task of reelay.tasks.list(filters, { signal: io.signal })) {
    io.out(json ? JSON.stringify(task) : taskLine(io, task));
    if (--left <= 0) return;
  }
  if (left === count) io.err('No such tasks.');
}

export function addWait(program: Command, begin: Begin): void {
  addWaitOptions(program.command('wait'), { always: true })
    .description('wait for the end of a task; prints the url of its video')
    .argument('<id>')
    .action(async (id: string, options: EndOptions) => {
      const run = begin();
      await requireWritable(options);
      const task = await run.reelay.tasks.get(id, { signal: run.io.signal });
      await seeItEnd(run, begunBy(task), options);
    });
}

export function addRetry(program: Command, begin: Begin): void {
  addWaitOptions(program.command('retry'))
    .description('make a new task, paid for anew, of one that has ended')
    .argument('<id>')
    .option('--idempotency-key <key>', 'the same key makes one new task, however often it is run')
    .action((id: string, options: RetryOptions) => retry(begin(), id, options));
}

interface RetryOptions extends EndOptions {
  readonly wait?: boolean;
  readonly idempotencyKey?: string;
}

async function retry(run: Run, id: string, options: RetryOptions): Promise<void> {
  const { io, reelay, json } = run;
  const { idempotencyKey } = options;
  await requireWritable(options);
  const task = await reelay.tasks.retry(id, { signal: io.signal, ...(idempotencyKey && { idempotencyKey }) });
  if (options.wait || options.output !== undefined) return seeItEnd(run, begunBy(task), options);
  io.out(json ? JSON.stringify(task) : task.id);
  io.err(`Accepted, as a new task. To wait for it: reelay wait ${task.id}`);
}

export function addEvents(program: Command, begin: Begin): void {
  program
    .command('events')
    .description('show what happened to a task')
    .argument('<id>')
    .option('-f, --follow', 'go on until it has ended')
    .action((id: string, { follow = false }: { follow?: boolean }) => events(begin(), id, follow));
}

async function events({ io, reelay, json }: Run, id: string, follow: boolean): Promise<void> {
  const { signal } = io;
  const told = follow ? reelay.tasks.events(id, { signal }) : await reelay.tasks.timeline(id, { signal });
  for await (const event of told) {
    const { at, type, detail } = event;
    io.out(json ? JSON.stringify(event) : `${at}  ${type}${detail ? `  ${detail}` : ''}`);
  }
}

function show({ io, json }: Run, task: Task): void {
  io.out(json ? JSON.stringify(task) : taskText(io, task));
}

function begunBy({ id, model, created_at }: Task) {
  return { id, model, createdAtMs: Date.parse(created_at) };
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${text} is not a number from 1 to 999999.`);
  return Number(text);
}
