import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@reelay/testing';
import { type BareMachine, makeBareMachine } from '../house/bare-machine.ts';
import { playVideo } from '../house/play-video.ts';
import { type Proof, show } from '../proof.ts';

const FIRST_SCREEN_MS = 60_000;
const KEY = 'rk_dev_local';

/** From a clean clone on a bare machine to a verified webhook and a video that a browser plays. */
export const fromNothing: Proof = {
  title: "A clean clone with an empty HOME: npm start, the seed's curl, a playable video, a verified webhook",
  async run(say) {
    const machine = await makeBareMachine();
    const [api, simulator] = [await freePort(), await freePort()];
    const start = startThere(machine, { PORT: String(api), SIMULATOR_PORT: String(simulator) });
    try {
      const startedMs = await start.firstScreen;
      say(
        `the first screen came after ${startedMs} ms with Node ${machine.node}${machine.hasRedis ? ', A REDIS-SERVER WAS ON PATH' : ''}`,
      );
      const answer = await curlSubmit(api, simulator);
      const words = await statusWords(api, answer.output.task_id);
      const { urls } = words.last.output;
      const played = await playVideo(urls[0] ?? '');
      const signature = await inboxSignature(simulator);
      start.child.kill('SIGINT');
      const code = await start.exited;
      const left = await leftBehind(machine.folder);
      const figures = {
        node: machine.node,
        redis_on_path: machine.hasRedis,
        first_screen_ms: startedMs,
        answer_members: Object.keys(answer).sort().join('+'),
        status_words: words.seen.join('>'),
        video: played,
        webhook_signature: signature,
        exit_code: code ?? -1,
        left_behind: left,
      };
      return show(figures, {
        [`first screen under ${FIRST_SCREEN_MS} ms`]: startedMs < FIRST_SCREEN_MS,
        'no redis-server was on PATH': !machine.hasRedis,
        "the answer has exactly the upstream's members": figures.answer_members === 'output+request_id',
        'Pending, Running, Success': figures.status_words === 'Pending>Running>Success',
        'a browser plays the video to its end': played.startsWith('played-'),
        'the stock library verifies the webhook': signature === 'valid',
        'it ends cleanly and leaves nothing': code === 0 && left === 0,
      });
    } finally {
      start.child.kill('SIGTERM');
      await start.exited;
      await machine.remove();
    }
  },
};

function startThere(machine: BareMachine, ports: Record<string, string>) {
  const startedAt = performance.now();
  const child: ChildProcess = spawn('npm', ['start'], {
    cwd: machine.folder,
    env: { ...machine.env, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise: firstScreen, resolve, reject } = Promise.withResolvers<number>();
  const exited = new Promise<number | null>((ended) => void child.once('close', ended));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
    if (output.includes('"msg":"started"')) resolve(Math.round(performance.now() - startedAt));
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  });
  const timer = setTimeout(() => reject(new Error(`no first screen within two minutes:\n${output}`)), 120_000);
  void exited.then(() => reject(new Error(`npm start ended:\n${output}`)));
  return { child, exited, firstScreen: firstScreen.finally(() => clearTimeout(timer)) };
}

interface Status {
  readonly output: { task_id: string; task_status: string; urls: string[] };
}

/** The seed's curl, run by curl; with webhook_url set to the inbox. */
async function curlSubmit(api: number, simulator: number): Promise<Status> {
  const body = {
    model: 'openai/sora-2/text-to-video',
    input: { prompt: 'A beautiful girl is dancing' },
    parameters: { size: '720x1280', duration: 4 },
    webhook_url: `http://127.0.0.1:${simulator}/inbox/anything`,
  };
  const args = ['--silent', '--location', '--globoff', `http://localhost:${api}/v1/tasks/submit`];
  args.push(
    '--header',
    `Authorization: ${KEY}`,
    '--header',
    'Content-Type: application/json',
    '--data',
    JSON.stringify(body),
  );
  const curl = spawn('curl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  curl.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await new Promise((ended) => curl.once('close', ended));
  return JSON.parse(text) as Status;
}

async function statusWords(api: number, id: string): Promise<{ seen: string[]; last: Status }> {
  const seen: string[] = [];
  for (let i = 0; i < 600; i++) {
    const answer = await fetch(`http://127.0.0.1:${api}/v1/tasks/status?task_id=${id}`, {
      headers: { authorization: KEY },
    });
    const last = (await answer.json()) as Status;
    const word = last.output.task_status;
    if (seen.at(-1) !== word) seen.push(word);
    if (word === 'Success' || word === 'Failure') return { seen, last };
    await sleep(100);
  }
  throw new Error(`after a minute the task is ${seen.at(-1)}`);
}

async function inboxSignature(simulator: number): Promise<string> {
  for (let i = 0; i < 50; i++) {
    const { data } = (await (await fetch(`http://127.0.0.1:${simulator}/inbox`)).json()) as {
      data: { signature: string }[];
    };
    if (data[0]) return data[0].signature;
    await sleep(100);
  }
  return 'nothing came';
}

/** Processes that still run anything of that folder. */
async function leftBehind(folder: string): Promise<number> {
  const { readdir, readFile } = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder)).length;
}
