import { answerQuestions, wallMs } from './conversation.ts';
import { type Line, openLine } from './light-client.ts';

// The clients: closed loop (each connection submits as soon as it is answered) or at an even pace. Requests are made
// beforehand, so that while it is measured the load costs a write and a read each.

export interface Load {
  readonly port: number;
  readonly authorization: string;
  /** How many submits; their markers count up from `firstMarker`, or from 0. */
  readonly count: number;
  readonly firstMarker?: number | undefined;
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

function requestFor(load: Load, marker: number): Buffer {
  const url = `${load.webhookUrls[marker % load.webhookUrls.length]}/${marker}`;
  const body = JSON.stringify({
    model: 'openai/sora-2/text-to-video',
    input: { prompt: `A beautiful girl is dancing in the rain, seen from above {{${marker}}}` },
    parameters: { size: '720x1280', duration: load.duration ?? 4 },
    webhook_url: url,
  });
  const authorization = load.authorization && `authorization: ${load.authorization}\r\n`;
  const head = `POST /v1/tasks/submit HTTP/1.1\r\nhost: 127.0.0.1:${load.port}\r\n${authorization}`;
  const type = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + type + body);
}

async function run(load: Load): Promise<Told> {
  const requests = Array.from({ length: load.count }, (_, n) => requestFor(load, n + (load.firstMarker ?? 0)));
  const lines = await Promise.all(Array.from({ length: load.concurrency }, () => openLine(load.port)));
  const statuses: Record<string, number> = {};
  const answeredIn: number[] = [];
  const startedAt = wallMs();
  async function send(line: Line, request: Buffer, dueAt: number): Promise<void> {
    const status = await line.ask(request);
    answeredIn.push(wallMs() - dueAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  try {
    if (load.perSecond) await atPace(requests, lines, { perSecond: load.perSecond, startedAt, send });
    else await closedLoop(requests, lines, send);
  } finally {
    for (const line of lines) line.close();
  }
  const accepted = statuses['200'] ?? 0;
  const endedAt = wallMs();
  answeredIn.sort((a, b) => a - b);
  return { accepted, refused: load.count - accepted, statuses, startedAt, endedAt, answeredIn };
}

type Send = (line: Line, request: Buffer, dueAt: number) => Promise<void>;

async function closedLoop(requests: readonly Buffer[], lines: readonly Line[], send: Send): Promise<void> {
  let next = 0;
  const clients = lines.map(async (line) => {
    for (let request = requests[next++]; request; request = requests[next++]) await send(line, request, wallMs());
  });
  await Promise.all(clients);
}

/** An open loop: a submit that finds no free connection waits, and its wait counts. */
async function atPace(
  requests: readonly Buffer[],
  lines: readonly Line[],
  { perSecond, startedAt, send }: { perSecond: number; startedAt: number; send: Send },
): Promise<void> {
  const gapMs = 1_000 / perSecond;
  let next = 0;
  const clients = lines.map(async (line) => {
    for (let n = next++; n < requests.length; n = next++) {
      const request = requests[n];
      const dueAt = startedAt + n * gapMs;
      const early = dueAt - wallMs();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      // A timer that fires late is the load's fault, not the system's: it counts from the sending, unless all were busy.
      if (request) await send(line, request, early > 0 ? wallMs() : dueAt);
    }
  });
  await Promise.all(clients);
}

answerQuestions({ run });
