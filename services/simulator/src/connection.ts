import type { FastifyReply, FastifyRequest } from 'fastify';

/** Closes the connection without a byte of an answer. */
export function hangUp(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.socket.destroy();
  return reply;
}

/** Resets the connection (RST), as a crashed upstream does. */
export function reset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.socket.resetAndDestroy();
  return reply;
}

/** Waits `ms`, or less when the client goes away (or the simulator closes). */
export function waitWhileConnected(request: FastifyRequest, ms: number): Promise<'elapsed' | 'gone'> {
  const { socket } = request;
  if (socket.destroyed) return Promise.resolve('gone');
  return new Promise((resolve) => {
    const gone = () => {
      clearTimeout(timer);
      resolve('gone');
    };
    const timer = setTimeout(() => {
      socket.off('close', gone);
      resolve('elapsed');
    }, ms);
    socket.once('close', gone);
  });
}
