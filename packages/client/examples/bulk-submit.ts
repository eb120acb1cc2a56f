// Submits a task for every line of a file, a few at a time; run again after a crash, it makes no task twice:
//   REELAY_URL=… REELAY_API_KEY=… node bulk-submit.ts monday prompts.txt
import { readFile } from 'node:fs/promises';
import { Reelay } from '@reelay/client';

const AT_ONCE = 8;
const { REELAY_URL: baseUrl = '', REELAY_API_KEY: key = '' } = process.env;
const [batch = '', file = ''] = process.argv.slice(2);
const reelay = new Reelay({ baseUrl, key });
const prompts = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
const waiting = prompts.entries();

/** The lanes share one iterator, so each line is taken by one of them. */
async function lane(): Promise<void> {
  for (const [line, prompt] of waiting) {
    const request = {
      model: 'openai/sora-2/text-to-video',
      input: { prompt },
      metadata: { batch, line: String(line) },
    };
    const { id } = await reelay.tasks.create(request, { idempotencyKey: `${batch}-${line}` });
    console.log(`${line}\t${id}`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, lane));
