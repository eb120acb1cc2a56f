import type { Operation } from '../house/operations.ts';

/** Ids of somebody: of a caller and its things, or of nobody. */
export interface Ids {
  readonly task: string;
  readonly upstreamTask: string;
  /** The upstream's id of a task that it has not ended. */
  readonly upstreamTaskInFlight: string;
  readonly caller: string;
  readonly kid: string;
}

export interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a request needs so that its id is the only thing wrong with it. */
const BODIES: Readonly<Record<string, object>> = {
  changeCaller: { name: 'changed by a stranger' },
  createKey: { scopes: ['read'] },
  redeliver: { event: 'task.succeeded' },
};

/** Parameters of the query that name something of a caller. The others choose among what a caller may see anyway. */
const QUERY: Readonly<Record<string, readonly (keyof Ids)[]>> = {
  task_id: ['task'],
  upstream_task_id: ['upstreamTask', 'upstreamTaskInFlight'],
  caller: ['caller'],
};

/** Paths whose parameters name nothing of a caller. */
const NOBODYS = /^\/v1\/models\//;

/**
 * Every way in which an operation can be asked for somebody's thing; empty for one that takes no id. Throws for a
 * parameter of a path that nobody told this proof about.
 */
export function requestsFor(operation: Operation, ids: Ids): Wanted[] {
  const { method, path } = operation;
  const body = /^(POST|PUT|PATCH)$/.test(method) ? { body: BODIES[operation.id] ?? {} } : {};
  if (path.includes('{') && !NOBODYS.test(path)) {
    const plain = {
      method,
      path: path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => idFor(path, name, ids)),
      ...body,
    };
    const stream = { ...plain, headers: { accept: 'text/event-stream', 'last-event-id': '1' } };
    return path.endsWith('/events') ? [plain, stream] : [plain];
  }
  return operation.query.flatMap((name) =>
    (QUERY[name] ?? []).map((kind) => ({ method, path: `${path}?${name}=${ids[kind]}`, ...body })),
  );
}

function idFor(path: string, name: string, ids: Ids): string {
  if (path.startsWith('/v1/tasks/') && name === 'id') return ids.task;
  if (path.startsWith('/v1/admin/callers/') && name === 'id') return ids.caller;
  if (path.startsWith('/v1/admin/callers/') && name === 'kid') return ids.kid;
  throw new Error(`${path}: whose is {${name}}? Tell foreign-requests.ts`);
}
