import { createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const MOST_CONNECTIONS = 2_000;

/** Listening on a port of 127.0.0.1 that can be stopped without waiting for the connections, and begun again. */
export interface Door {
  open(): Promise<void>;
  shut(): Promise<void>;
}

/** Throws when the port is taken. Above 2,000 connections at a time further ones are closed at once. */
export async function openDoor(port: number, accept: (client: Socket) => void): Promise<Door> {
  let server: Server | undefined;
  const open = async () => {
    server ??= await listen(port, accept);
  };
  await open();
  return {
    open,
    shut: async () => {
      server?.close(); // the port is free at once; only its callback would wait for the connections
      server = undefined;
    },
  };
}

function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  server.maxConnections = MOST_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: HOST, port }, () => resolve(server));
  });
}
