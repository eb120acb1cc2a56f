import type { Payload } from '@reelay/tasks';

/**
 * Some models take the client's own id of a task and let it be looked up by it: with Reelay's there, a video whose POST
 * was never answered can be found. `parameter` is the model's `task_id_parameter`; an id that the caller set stays.
 */
export function tellTaskId(payload: Payload, about: { task: string; parameter: string | undefined }): Payload {
  const { task, parameter } = about;
  if (parameter === undefined || payload.parameters?.[parameter] !== undefined) return payload;
  return { ...payload, parameters: { ...payload.parameters, [parameter]: task } };
}
