import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { allErrors, type Block, errorPage, toHtml } from '@reelay/contracts';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { policyText } from '../plugins/security-headers.ts';
import { Refusal } from '../refusal.ts';

const POLICY = policyText({
  'default-src': ["'none'"],
  'style-src': ["'unsafe-inline'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
});
const open = { config: { scope: 'public' as const } };
const HTML = 'text/html; charset=utf-8';

/** The pages that the `type` of a problem leads to: one per code, one about unknown outcomes, and all codes at once. */
export const errorPages: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/errors', { ...open, schema: { hide: true } }, async (_request, reply) =>
    sendPage(reply, documentOf('errors', allErrors(), 'errors/')),
  );

  const schema = { hide: true, params: Type.Object({ page: Type.String() }) };
  app.get('/errors/:page', { ...open, schema }, async ({ params }, reply) => {
    const page = errorPage(params.page);
    if (!page) throw new Refusal('route_not_found', { detail: 'No error has this code; GET /errors lists them.' });
    return sendPage(reply, documentOf(params.page, page, './'));
  });
};

function sendPage(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-security-policy', POLICY).type(HTML).send(text);
}

function documentOf(title: string, blocks: readonly Block[], base: './' | 'errors/'): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Reelay</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}code{background:#8882;padding:0 .2em}pre{overflow:auto}</style>
</head>
<body>
${toHtml(blocks, base)}
</body>
</html>
`;
}
