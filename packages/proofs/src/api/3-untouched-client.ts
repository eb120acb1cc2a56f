import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Reelay, startReelay } from '@reelay/testing';
import { ModelVerse, ModelVerseError, type VideoStatus } from '../../fixtures/modelverse-client.ts';
import { type Proof, show } from '../proof.ts';

const SEED_HOST = 'https://api-us-ca.umodelverse.ai';
const WAIT = { everyMs: 200, times: 150 };

/** The seed's two curl lines, word for word, and a client that knows ModelVerse alone: only the host and the key change. */
export function untouchedClient(): Proof {
  return {
    title: 'An untouched ModelVerse client works by base URL: the curl of the seed, and a fetch client written from it',
    async run(say) {
      const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '1s' } });
      try {
        const curl = byCurl(house);
        say(`curl: ${JSON.stringify(curl)}`);
        const client = new ModelVerse(house.apiUrl, house.key);
        const ended = await client.waitFor(await client.submit('A cat', { size: '1280x720', duration: 8 }), WAIT);
        const failed = await client.waitFor(await client.submit('A cat [fail]'), WAIT);
        const video = await fetch(ended.output.urls?.[0] ?? 'about:blank', { signal: AbortSignal.timeout(10_000) });
        const errors = await errorsOf(house);
        for (const error of errors) say(`error: ${JSON.stringify(error)}`);
        const [key, duration, prompt, id] = errors;
        const figures = {
          curl_task: curl.submit.output?.task_id ?? 'none',
          curl_status: curl.status.output?.task_status ?? 'none',
          client_status: ended.output.task_status,
          video_type: String(video.headers.get('content-type')),
          failure: failed.output.error_message ?? 'none',
          errors: errors.map(({ status }) => status).join(' '),
        };
        return show(figures, {
          'the curl lines are answered as the page says':
            figures.curl_task !== 'none' && figures.curl_status !== 'none',
          'a status has every documented field, of its type': hasDocumentedFields(ended),
          'the url is a video': video.ok && figures.video_type === 'video/mp4',
          'a failure has its message and no url': figures.failure !== 'none' && failed.output.urls === undefined,
          'a wrong key is an auth_error': key?.status === 401 && key.type === 'auth_error',
          'a wrong field is named in the message': /\/parameters\/duration must be one of 4, 8, 12/.test(
            duration?.message ?? '',
          ),
          'an empty prompt is named in the message': /\/input\/prompt/.test(prompt?.message ?? ''),
          'an unknown task says so': id?.status === 404 && id.code === 'task_not_found',
        });
      } finally {
        await house.stop();
      }
    },
  };
}

interface CurlAnswers {
  readonly submit: { output?: { task_id?: string }; request_id?: string };
  readonly status: Partial<VideoStatus>;
}

function byCurl({ apiUrl, key }: Reelay): CurlAnswers {
  const submit = runLines(seedLines('seed-submit.sh', { apiUrl, key }));
  const { task_id = '' } = submit.output ?? {};
  const status = runLines(seedLines('seed-status.sh', { apiUrl, key }).replace('<task_id>', task_id));
  return { submit, status };
}

function seedLines(file: string, { apiUrl, key }: Pick<Reelay, 'apiUrl' | 'key'>): string {
  const lines = readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), 'utf8');
  return lines.replace(SEED_HOST, apiUrl).replace('<YOUR_API_KEY>', key);
}

/** Runs the lines in a shell, as somebody who pastes them. */
function runLines(lines: string) {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', lines], { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) throw new Error(`curl ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** What the client's own error handling makes of a wrong key, a wrong field, an empty prompt and an unknown task. */
async function errorsOf({ apiUrl, key }: Reelay): Promise<ModelVerseError[]> {
  const client = new ModelVerse(apiUrl, key);
  const calls = [
    new ModelVerse(apiUrl, 'wrong-key').submit('x'),
    client.submit('x', { duration: 5 }),
    client.submit(''),
    client.status('no-such-task'),
  ];
  const ends = await Promise.allSettled(calls);
  return ends.map((end) => {
    if (end.status === 'rejected' && end.reason instanceof ModelVerseError) return end.reason;
    throw new Error(`no error of the client: ${JSON.stringify(end)}`);
  });
}

function hasDocumentedFields({ output, usage, request_id }: VideoStatus): boolean {
  const times = [output.submit_time, output.finish_time, usage?.duration];
  return (
    output.task_status === 'Success' &&
    typeof output.task_id === 'string' &&
    output.urls?.length === 1 &&
    times.every((time) => Number.isInteger(time)) &&
    typeof request_id === 'string'
  );
}
