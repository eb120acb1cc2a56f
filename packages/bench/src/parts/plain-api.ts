import { SubmitAnswer, SubmitRequest } from '@reelay/contracts';
import Fastify from 'fastify';

/** What validation lets through. */
export type Submitted = SubmitRequest;

/**
 * A Fastify with one route: the same body and answer schemas as Reelay's submit, and nothing else (no log, no keys, no
 * catalogue). Listens on a free port of 127.0.0.1 and says so.
 */
export async function servePlainApi(accept: (task: Submitted) => Promise<string>, port: number): Promise<void> {
  const app = Fastify({ logger: false });
  app.post<{ Body: Submitted }>(
    '/v1/tasks/submit',
    { schema: { body: SubmitRequest, response: { 200: SubmitAnswer } } },
    async (request) => ({ output: { task_id: await accept(request.body) }, request_id: request.id }),
  );
  await app.listen({ host: '127.0.0.1', port });
  console.log('{"msg":"ready"}');
}
