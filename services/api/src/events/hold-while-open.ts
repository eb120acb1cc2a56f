import type { TaskRecord } from '@reelay/tasks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { logRequest } from '../plugins/request-line.ts';
import { unauthorized } from '../refusal.ts';
import type { Events } from './open-events.ts';
import { whenClosed } from './sse-stream.ts';
import { waitForEnd } from './wait-for-end.ts';

/**
 * Holds an answer back until the task has ended, `forMs` have passed, the client is gone, or the process ends. Throws a
 * Refusal when there is no place for one more, and `unauthorized` when the key was revoked meanwhile.
 */
export async function holdWhileOpen(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  about: { task: string; forMs: number; events: Events; read(id: string): Promise<TaskRecord | undefined> },
): Promise<void> {
  const { task, forMs } = about;
  const { hub, streams } = about.events;
  let why: 'closing' | 'revoked' | undefined;
  const free = streams.hold({
    request,
    ping() {}, // the answer has not begun
    end(reason) {
      why = reason;
      wait.stop();
    },
  });
  const wait = waitForEnd(hub, { task, forMs, read: () => hub.inTurn(() => about.read(task)) });
  whenClosed(reply.raw, () => {
    wait.stop();
    if (!reply.raw.writableFinished) logRequest(request, reply);
  });
  await wait.over;
  free();
  if (why === 'closing') reply.header('connection', 'close'); // or the closing would wait for it to go idle
  if (why === 'revoked') throw unauthorized();
}
