import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readRange } from '../byte-range.ts';
import { notFound } from '../errors.ts';
import { stateAt } from '../lifecycle.ts';
import { sendError } from '../send-error.ts';
import { decodeTaskId } from '../task-id.ts';

/** Every task's result is this one (made by the command in docs/simulator.md). */
const VIDEO = new URL('../../assets/video.mp4', import.meta.url);

/** `GET|HEAD /_sim/videos/<task_id>.mp4`: the video of a task that succeeded, with `Range`, as a CDN serves it. */
export async function videos(app: FastifyInstance, options: { clock: { now(): number } }): Promise<void> {
  const bytes = await readFile(VIDEO);
  const video = { bytes, etag: `"${hash('sha256', bytes).slice(0, 16)}"` };
  app.get<{ Params: { file: string } }>('/_sim/videos/:file', (request, reply) => {
    if (!hasVideo(request.params.file, options.clock.now())) return sendError(reply, notFound(request.url));
    return sendVideo(request, reply, video);
  });
}

function hasVideo(file: string, now: number): boolean {
  const task = file.endsWith('.mp4') ? decodeTaskId(file.slice(0, -'.mp4'.length)) : undefined;
  if (!task) return false;
  const state = stateAt(task, now);
  return state.final && state.end.word === 'Success' && state.end.hasUrls;
}

function sendVideo(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag }: { bytes: Buffer; etag: string },
): FastifyReply {
  reply.headers({ 'accept-ranges': 'bytes', etag, 'cache-control': 'public, max-age=86400' });
  if (headers['if-none-match'] === etag) return reply.code(304).send();
  const isSameFile = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = readRange(isSameFile ? headers.range : undefined, bytes.length);
  switch (range.kind) {
    case 'whole':
      return reply.type('video/mp4').send(bytes);
    case 'part':
      reply.header('content-range', `bytes ${range.first}-${range.last}/${bytes.length}`);
      return reply
        .code(206)
        .type('video/mp4')
        .send(bytes.subarray(range.first, range.last + 1));
    case 'unsatisfiable':
      return reply.code(416).header('content-range', `bytes */${bytes.length}`).send();
  }
}
