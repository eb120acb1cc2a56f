import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import Fastify from 'fastify';

export interface ReferenceScript {
  /** Zipped: a quarter of its four megabytes. */
  readonly zipped: Buffer;
  readonly plain: string;
  readonly etag: string;
}

const SCRIPT_URL = '/reference/js/scalar.js';

/**
 * The script of the reference page, out of Scalar's plugin. The plugin runs in an instance of its own: its routes declare
 * no scope, repeat the document, and build URLs out of the Host header.
 */
export async function loadReferenceScript(): Promise<ReferenceScript> {
  // Four megabytes that only those who read the page need.
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const app = Fastify();
  await app.register(scalar, { configuration: { url: '/openapi.json' } });
  const { body: plain } = await app.inject(SCRIPT_URL);
  await app.close();
  const etag = `"${createHash('sha256').update(plain).digest('base64url')}"`;
  return { plain, zipped: await promisify(gzip)(plain), etag };
}
