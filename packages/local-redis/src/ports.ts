import { createServer } from 'node:net';

// Below the range from which systems take the ports of outgoing connections: a port from there can be lost to any
// connection while a server restarts, even to a client that reconnects to it (a TCP self-connect).
const FIRST = 12_000;
const COUNT = 20_000;
const TRIES = 200;

let step = 0;

/** A port of 127.0.0.1 that nobody uses just now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    // Processes that ask at the same time begin at different places.
    const port = FIRST + ((process.pid * 37 + step++) % COUNT);
    if (!(await bindError(port))) return port;
  }
  throw new Error(`No free port found between ${FIRST} and ${FIRST + COUNT} in ${TRIES} tries.`);
}

/** Why no server can listen on this port of `host` now, e.g. `EADDRINUSE`; undefined when it can. */
export function bindError(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
