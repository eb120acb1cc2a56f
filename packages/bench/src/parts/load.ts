import { bytesOf, type ClientLine, type Clients, OPEN, type Submit } from './clients.ts';
import { answerQuestions, wallMs } from './conversation.ts';

// The clients: closed loop (each connection submits as soon as it is answered) or at an even pace. Submits are made
// beforehand, so that while it is measured light clients cost a write and a read each.

export interface Load {
  readonly port: number;
  readonly authorization: string;
  /** How many submits; their markers count up from `firstMarker`, or from 0. */
  readonly count: number;
  readonly firstMarker?: number | undefined;
  readonly clients: Clients;
  /** Connections. */
  readonly concurrency: number;
  /** Undefined: as fast as the answers come. */
  readonly perSecond?: number | undefined;
  /** Seconds of video, 4 unless told: tasks of another duration are another class to learn of. */
  readonly duration?: number | undefined;
  /** Where webhooks go; the marker is put behind. Task n goes to the n-th, around. */
  readonly webhookUrls: readonly string[];
}

export interface Told {
  readonly accepted: number;
  readonly refused: number;
  /** By HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Milliseconds of each answer, sorted; at a pace they count from the moment the submit was due. */
  readonly answeredIn: readonly number[];
}

function submitOf(load: Load, marker: number): Submit {
  const { port, authorization, webhookUrls } = load;
  const body = JSON.stringify({
    model: 'openai/sora-2/text-to-video',
    input: { prompt: `A beautiful girl is dancing in the rain, seen from above {{${marker}}}` },
    parameters: { size: '720x1280', duration: load.duration ?? 4 },
    webhook_url: `${webhookUrls[marker % webhookUrls.length]}/${marker}`,
  });
  const submit = { port, authorization, body };
  if (load.clients === 'light') bytesOf(submit);
  return submit;
}

async function run(load: Load): Promise<Told> {
  const submits = Array.from({ length: load.count }, (_, n) => submitOf(load, n + (load.firstMarker ?? 0)));
  const lines = await Promise.all(Array.from({ length: load.concurrency }, () => OPEN[load.clients](load.port)));
  const statuses: Record<string, number> = {};
  const answeredIn: number[] = [];
  const startedAt = wallMs();
  async function send(line: ClientLine, submit: Submit, dueAt: number): Promise<void> {
    const status = await line.submit(submit);
    answeredIn.push(wallMs() - dueAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  try {
    if (load.perSecond) await atPace(submits, lines, { perSecond: load.perSecond, startedAt, send });
    else await closedLoop(submits, lines, send);
  } finally {
    for (const line of lines) line.close();
  }
  const accepted = statuses['200'] ?? 0;
  const endedAt = wallMs();
  answeredIn.sort((a, b) => a - b);
  return { accepted, refused: load.count - accepted, statuses, startedAt, endedAt, answeredIn };
}

type Send = (line: ClientLine, submit: Submit, dueAt: number) => Promise<void>;

async function closedLoop(submits: readonly Submit[], lines: readonly ClientLine[], send: Send): Promise<void> {
  let next = 0;
  const clients = lines.map(async (line) => {
    for (let submit = submits[next++]; submit; submit = submits[next++]) await send(line, submit, wallMs());
  });
  await Promise.all(clients);
}

/** An open loop: a submit that finds no free connection waits, and its wait counts. */
async function atPace(
  submits: readonly Submit[],
  lines: readonly ClientLine[],
  { perSecond, startedAt, send }: { perSecond: number; startedAt: number; send: Send },
): Promise<void> {
  const gapMs = 1_000 / perSecond;
  let next = 0;
  const clients = lines.map(async (line) => {
    for (let n = next++; n < submits.length; n = next++) {
      const submit = submits[n];
      const dueAt = startedAt + n * gapMs;
      const early = dueAt - wallMs();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      // A timer that fires late is the load's fault, not the system's: it counts from the sending, unless all were busy.
      if (submit) await send(line, submit, early > 0 ? wallMs() : dueAt);
    }
  });
  await Promise.all(clients);
}

answerQuestions({ run });
