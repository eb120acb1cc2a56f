import { DEV_CALLER, DEV_KEY } from '@reelay/callers';

/** What runs where; what the first screen says. */
export interface Places {
  readonly api: string;
  readonly simulator: string;
  /** Undefined: the simulator. */
  readonly modelverse: string | undefined;
  /** Of the caller dev: for whoever writes a receiver. On the screen only, never in a log line. */
  readonly webhookSecret: string;
  readonly redis:
    | {
        readonly local: true;
        readonly url: string;
        readonly binary: string;
        readonly version: string;
        readonly dataDir: string;
      }
    | { readonly local: false; readonly url: string };
}

const EXAMPLE = {
  model: 'openai/sora-2/text-to-video',
  input: { prompt: 'A beautiful girl is dancing' },
  parameters: { size: '720x1280', duration: 4 },
};

/** The first screen: plain text, ending with one command that can be copied as it stands. */
export function firstScreen(places: Places): string {
  const upstream = places.modelverse
    ? `ModelVerse at ${places.modelverse}: every task is paid for`
    : `the simulator at ${places.simulator} (set MODELVERSE_API_KEY to use ModelVerse)`;
  return `
Reelay runs. Ctrl-C ends it; accepted tasks go on at the next start.

  api       ${places.api}
  inbox     ${places.simulator}/inbox
  upstream  ${upstream}
  Redis     ${redisWords(places.redis)}
  key       ${DEV_KEY} (caller ${DEV_CALLER})
  secret    ${places.webhookSecret} (signs the webhooks of ${DEV_CALLER})

Submit a task:

${exampleCurl(places)}

Its webhook arrives when it has ended. See it, with the verdict on its signature:

curl ${places.simulator}/inbox

`;
}

/** The seed's submit with the dev key and the inbox as webhook_url. */
function exampleCurl(places: Pick<Places, 'api' | 'simulator'>): string {
  const body = JSON.stringify({ ...EXAMPLE, webhook_url: `${places.simulator}/inbox/first` });
  return [
    `curl '${places.api}/v1/tasks/submit' --header 'Authorization: ${DEV_KEY}' \\`,
    ` --header 'Content-Type: application/json' --data '${body}'`,
  ].join('\n');
}

function redisWords(redis: Places['redis']): string {
  if (!redis.local) return `${redis.url} (REDIS_URL)`;
  return `${redis.url}, version ${redis.version}, data in ${redis.dataDir}\n            (${redis.binary})`;
}
