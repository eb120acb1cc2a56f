import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../../modelverse/test/certificate/', import.meta.url);

/** Whoever is to trust the front gets this as NODE_EXTRA_CA_CERTS. */
export const FRONT_CERTIFICATE = fileURLToPath(new URL('cert.pem', FOLDER));

/** Speaks TLS as `localhost` on a free port of 127.0.0.1 and passes all bytes on to `upstreamPort` in the clear. */
export async function startTlsFront(upstreamPort: number): Promise<{ port: number; close(): void }> {
  const [cert, key] = await Promise.all([readFile(FRONT_CERTIFICATE), readFile(new URL('key.pem', FOLDER))]);
  const server = createServer({ cert, key }, (secure) => {
    const plain = connect({ host: '127.0.0.1', port: upstreamPort });
    secure.on('error', () => plain.destroy()).pipe(plain);
    plain.on('error', () => secure.destroy()).pipe(secure);
  });
  server.on('tlsClientError', () => {}); // a client that does not trust it hangs up: that is what it is for
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The TLS front has no port');
  return { port: address.port, close: () => void server.close() };
}
