import type { EventType, StreamEvent } from '@reelay/client';
import { type Command, Option } from 'commander';
import { UsageError } from '../exit-code.ts';
import { paint } from '../io.ts';
import { forward } from '../listen/forward.ts';
import { localSecret } from '../listen/local-secret.ts';
import { isWebhookType, WEBHOOK_TYPES, webhookBody, webhookId } from '../listen/webhook-body.ts';
import type { Begin, Run } from '../settings.ts';

interface ListenOptions {
  readonly forwardTo: string;
  readonly events: readonly EventType[];
}

export function addListen(program: Command, begin: Begin): void {
  program
    .command('listen')
    .description('forward events to a local receiver, as the webhooks that Reelay would send')
    .requiredOption('--forward-to <url>', 'where they go')
    .addOption(
      new Option('--events <types...>', 'which of them')
        .choices(WEBHOOK_TYPES)
        .default(WEBHOOK_TYPES.slice(2), 'the four that end a task'),
    )
    .action((options: ListenOptions) => listen(begin(), options));
}

/** Until Ctrl-C; a lost connection is made again without end. */
async function listen(run: Run, options: ListenOptions): Promise<void> {
  const { io, reelay } = run;
  const { forwardTo: url, events } = options;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new UsageError(`${url} is no address to forward to.`);
  const secret = await localSecret(io);
  await reelay.tasks.list({ limit: 1 }, { signal: io.signal }).page(); // a wrong address or key is told at once
  io.err(`The signing secret is ${secret}`);
  let isOpen = false;
  const stream = reelay.events.stream({
    signal: io.signal,
    types: events,
    maxRetries: Number.POSITIVE_INFINITY,
    onOpen: () => {
      if (!isOpen) io.err(`Ready: events go to ${url}. Ctrl-C ends it.`);
      isOpen = true;
    },
    onLost: (error) => {
      if (isOpen) io.err(paint(io, 'yellow', `The connection is lost, and made again (${String(error ?? 'ended')})`));
      isOpen = false;
    },
  });
  for await (const event of stream) {
    if (event.type === 'reelay.gap') {
      io.err(paint(io, 'yellow', 'Some events are lost, as only the last ones are kept: reelay list shows the tasks.'));
    } else if (isWebhookType(event.type)) await forwardOne(run, { event, type: event.type, url, secret });
  }
}

async function forwardOne(
  { io, reelay, json }: Run,
  about: { event: StreamEvent; type: EventType; url: string; secret: string },
): Promise<void> {
  const { event, type, url, secret } = about;
  const { signal } = io;
  const task = await reelay.tasks.get(event.task_id, { signal });
  const message = { id: webhookId(type, task.id), body: webhookBody(type, event, task) };
  const answer = await forward({ url, secret }, message, { nowMs: io.nowMs(), signal });
  const color = answer.startsWith('2') ? 'green' : 'red';
  const line = `${event.at}  ${type}  ${task.id}  -> ${paint(io, color, answer)}`;
  io.out(json ? JSON.stringify({ ...message, answer }) : line);
}
