import { Worker } from 'bullmq';
import { Agent, request } from 'undici';
import { type BaselineSettings, connectionOf, WEBHOOKS, type WebhookData } from './baseline.ts';
import { settingsOf } from './conversation.ts';

const settings = settingsOf<BaselineSettings>();
const dispatcher = new Agent({ allowH2: false });

const worker = new Worker<WebhookData>(
  WEBHOOKS,
  async ({ data: { url, body } }) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body), dispatcher });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`The receiver answered ${answer.statusCode}`);
  },
  { connection: connectionOf(settings), concurrency: settings.concurrency },
);
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();
console.log('{"msg":"ready"}');
process.on('SIGTERM', () => process.exit(0));
