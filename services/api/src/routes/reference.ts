import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { policyText } from '../plugins/security-headers.ts';
import { loadReferenceScript, type ReferenceScript } from '../reference-script.ts';

/** What would ask another host is off: fonts, the proxy, the assistant, the client in the cloud. */
const CONFIGURATION = {
  url: 'openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: 'none',
  metaData: { title: 'Reelay API' },
};

/** The page as it stands: no inline script, so that it needs no exception from the policy for scripts. URLs are relative. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reelay API</title>
<link rel="icon" href="data:,">
</head>
<body>
<noscript>This page needs JavaScript. The document itself: <a href="openapi.json">openapi.json</a></noscript>
<script id="api-reference" type="application/json" data-configuration="${attribute(JSON.stringify(CONFIGURATION))}"></script>
<script src="reference/scalar.js"></script>
</body>
</html>
`;

/** The script makes its own style elements; nothing may be fetched from, or sent to, another host. */
const POLICY = policyText({
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'worker-src': ["'self'", 'blob:'],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
});

const open = { config: { scope: 'public' as const }, schema: { hide: true } };

/** The API reference for people: /openapi.json, read in the browser. */
export const reference: FastifyPluginAsyncTypebox = async (app) => {
  let script: Promise<ReferenceScript> | undefined;

  app.get('/reference', open, async (_request, reply) =>
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE),
  );

  app.get('/reference/scalar.js', open, async (request, reply) => {
    script ??= loadReferenceScript();
    const { plain, zipped, etag } = await script;
    reply.headers({ etag, 'cache-control': 'no-cache', vary: 'accept-encoding' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    reply.type('text/javascript; charset=utf-8');
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain);
    return reply.header('content-encoding', 'gzip').send(zipped);
  });
};

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
