import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startProcess } from '@reelay/testing';
import { playVideo } from '../house/play-video.ts';
import { hasTmux, openTerminals, type Terminal } from '../house/terminal.ts';
import { type Figures, type Proof, show } from '../proof.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const FORGED = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' };

/**
 * `npm start` in one terminal, the examples of `npx reelay --help` in others, with Ctrl-C as a person presses it. Only
 * ports and file names are others than printed.
 */
export const terminal: Proof = {
  title: 'The command line in a terminal, from its --help alone: a video that plays, a receiver that verifies',
  async run(say): Promise<Figures> {
    if (!hasTmux) throw new Error('This proof needs tmux: apt-get install tmux');
    const folder = await mkdtemp(join(tmpdir(), 'reelay-terminal-'));
    const [api, simulator, port] = [await freePort(), await freePort(), await freePort()];
    const apiUrl = `http://127.0.0.1:${api}`;
    const terminals = openTerminals({
      cwd: ROOT,
      env: {
        PORT: String(api),
        SIMULATOR_PORT: String(simulator),
        SIMULATOR_MEDIAN: '3s',
        REELAY_DATA_DIR: folder,
        MODELVERSE_API_KEY: '',
        REDIS_URL: '',
        REELAY_URL: apiUrl,
        REELAY_API_KEY: '',
        XDG_CONFIG_HOME: folder,
        PS1: '$ ',
      },
    });
    const ends: (() => Promise<unknown>)[] = [() => terminals.close()];
    try {
      const [house, person, listener] = [await terminals.open(), await terminals.open(), await terminals.open()];
      await house.type('npm start');
      await house.until(/Reelay runs\./, 120_000);

      await person.type('npx reelay --help');
      await person.until(/Examples:\n.*listen/s);
      const examples = [...(await person.screen()).matchAll(/^ {2}(reelay (?:submit|listen) .*)$/gm)].map(
        ([, line = '']) => `npx ${line.trim()}`,
      );
      const [submit = '', listen = ''] = examples;
      say(`from --help: ${examples.join(' | ')}`);

      await listener.type(listen.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
      const [, secret = ''] = await listener.until(/signing secret is (whsec_\S+)/);
      await listener.until(/Ready:/);
      const receiver = startProcess({
        name: 'receiver',
        script: 'packages/client/examples/express-receiver.ts',
        env: { REELAY_WEBHOOK_SECRET: secret, PORT: String(port) },
      });
      receiver.ready.catch(() => {});
      ends.push(() => {
        receiver.kill('SIGKILL');
        return receiver.exited;
      });
      await receiver.waitForLog(({ msg }) => String(msg).startsWith('listening'));

      const file = join(folder, 'out.mp4');
      await person.type(`clear; ${submit.replace('out.mp4', file)}; echo "exit $?"`);
      const [live = '', id = ''] = await person.until(/(?:submitted|running) +0:\d\d \(usually \d+:\d\d\) +(task_\w+)/);
      say(`the live line: ${live}`);
      await person.until(/^exit 0/m);
      const printed = (await person.screen()).includes(`\n${file}\n`);
      const video = await playFile(file);
      await listener.until(new RegExp(`task\\.succeeded  ${id}  -> 204 in \\d+ ms`));
      await receiver.waitForLog(({ msg }) => String(msg).startsWith(`${id}: http`));
      const forged = await fetch(`http://127.0.0.1:${port}/reelay`, { method: 'POST', body: '{}', headers: FORGED });

      const resumed = await interruptAndResume(person, submit.replace(' -o out.mp4', ''));
      await listener.ctrlC();
      await listener.until(/Stopped\./);
      await house.ctrlC();
      await house.type('echo "ended $?"');
      const [, ended = ''] = await house.until(/^ended (\d+)/m);
      const figures = {
        examples: examples.length,
        live_line: live.replace(/ task_.*/, ''),
        printed_the_file: printed,
        bytes: (await readFile(file)).length,
        ffmpeg: video.ffmpeg,
        browser: video.browser,
        forged_was_answered: forged.status,
        exit_after_ctrl_c: resumed.interrupted,
        resumed_by_its_own_words: resumed.code,
        npm_start_ended: Number(ended),
      };
      return show(figures, {
        '--help has both examples': examples.length === 2,
        'stdout has the name of the file': printed,
        'ffmpeg decodes the video': video.ffmpeg === 0,
        'a browser plays it to its end': video.browser.startsWith('played-'),
        'the receiver refuses what is forged': forged.status === 401,
        'Ctrl-C is 130 and its advice leads to the end': resumed.interrupted === 130 && resumed.code === 0,
      });
    } finally {
      for (const end of ends.reverse()) await end();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
    }
  },
};

/** Ctrl-C while a task runs, then the line that it prints. */
async function interruptAndResume(person: Terminal, submit: string): Promise<{ interrupted: number; code: number }> {
  await person.type(`clear; ${submit}`);
  await person.until(/(submitted|running) +0:\d\d/);
  await person.ctrlC();
  const [, advice = ''] = await person.until(/To wait for it: (reelay wait \S+)/);
  await person.type('echo "interrupted $?"');
  const [, interrupted = ''] = await person.until(/^interrupted (\d+)/m);
  await person.type(`clear; npx ${advice}; echo "resumed $?"`);
  const [, code = ''] = await person.until(/^resumed (\d+)/m);
  return { interrupted: Number(interrupted), code: Number(code) };
}

async function playFile(file: string): Promise<{ ffmpeg: number; browser: string }> {
  const { status } = spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-']);
  const bytes = await readFile(file);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length }).end(bytes);
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  try {
    return {
      ffmpeg: status ?? -1,
      browser: await playVideo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
