import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TaskList, TaskQuery } from '@reelay/contracts';
import { fitsFilters, type ListPosition, type TaskFilters, type TaskPage } from '@reelay/tasks';
import type { ApiDeps } from '../app.ts';
import type { Requester } from '../authentication.ts';
import { READ_WITHIN_MS } from '../limits.ts';
import { requesterOf } from '../plugins/access.ts';
import { KEY_SECURITY } from '../plugins/openapi.ts';
import { logOf } from '../plugins/request-line.ts';
import { Refusal } from '../refusal.ts';
import { keyErrors, named } from '../schemas.ts';
import { taskViews } from '../views/task.ts';

const DEFAULT_LIMIT = 20;

const schema = {
  operationId: 'listTasks',
  tags: ['tasks'],
  summary: 'List your tasks, newest first',
  description:
    'A page may be short or empty and still not be the last: go on until `next_cursor` is null. Tasks that come meanwhile are newer than the first page; none is shown twice or left out.',
  security: KEY_SECURITY,
  querystring: TaskQuery,
  response: { 200: named<TaskList>('TaskList'), ...keyErrors('invalid_request') },
};

export const listTasks: FastifyPluginAsyncTypebox<Pick<ApiDeps, 'tasks' | 'cursors'>> = async (
  app,
  { tasks, cursors },
) => {
  const options = { config: { scope: 'read' as const }, schema, handlerTimeout: READ_WITHIN_MS };
  app.get('/v1/tasks', options, async (request) => {
    const { cursor, limit = DEFAULT_LIMIT, upstream_task_id: upstreamId } = request.query;
    const filters = filtersOf(request.query, requesterOf(request));
    const list = { list: 'tasks by place', ...filters, upstreamId };
    const from = cursors.open<ListPosition>(cursor, list);
    const page =
      upstreamId === undefined ? await tasks.list(filters, { limit, from }) : await onePage(tasks, upstreamId, filters);
    if (page.unreadable.length > 0) {
      logOf(request).error({ tasks: page.unreadable }, 'Records that cannot be read were left out of a list');
    }
    return {
      data: await taskViews(tasks, page.tasks),
      next_cursor: page.next ? cursors.seal(page.next, list) : null,
    };
  });
};

/** A task of another caller is no more there than one that nobody has (P6). */
async function onePage(tasks: ApiDeps['tasks'], upstreamId: string, filters: TaskFilters): Promise<TaskPage> {
  const task = await tasks.readByUpstreamId({ upstreamId, caller: filters.caller });
  return { tasks: task && fitsFilters(task, filters) ? [task] : [], next: undefined, unreadable: [] };
}

function filtersOf(query: TaskQuery, requester: Requester): TaskFilters {
  return {
    caller: callerAskedFor(query.caller, requester),
    status: query.status,
    model: query.model,
    createdAfter: inMs(query.created_after),
    createdBefore: inMs(query.created_before),
  };
}

/** Undefined: all callers. Throws a Refusal `forbidden`, the same whether the caller exists or not. */
function callerAskedFor(asked: string | undefined, { caller, scopes }: Requester): string | undefined {
  if (scopes.includes('admin')) return asked;
  if (asked !== undefined && asked !== caller) {
    throw new Refusal('forbidden', { detail: 'Listing the tasks of another caller needs a key with the scope admin.' });
  }
  return caller;
}

function inMs(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
