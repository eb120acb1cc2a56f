import { Agent, get, type IncomingMessage } from 'node:http';
import { eventually } from '@reelay/testing';
import { onTestFinished } from 'vitest';

/** One block of a stream: its fields, and its comment under `comment`. */
export type Block = Partial<Record<'id' | 'event' | 'data' | 'retry' | 'comment', string>>;

/** A stream as its client sees it. */
export interface OpenedStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly blocks: readonly Block[];
  /** What came so far that has data, with the data parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read the wire as a stranger would and assert on what is there.
  readonly events: readonly { id: string | undefined; event: string | undefined; data: any }[];
  /** The id to resume from, by the rules of an EventSource. */
  readonly lastEventId: string | undefined;
  /** Waits until so many events came. */
  until(count: number, timeoutMs?: number): Promise<void>;
  readonly ended: Promise<void>;
  /** Stops reading, so that what is sent piles up. */
  pause(): void;
  resume(): void;
  cut(): void;
}

/** Opens a stream over a connection of its own; it is cut at the test's end. */
export async function openStream(
  url: string,
  key: string,
  headers: Record<string, string> = {},
): Promise<OpenedStream> {
  // As browsers and fetch have it: the client would keep the connection.
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const all = { authorization: key, accept: 'text/event-stream', ...headers };
    get(url, { agent, headers: all }, resolve).on('error', reject);
  });
  onTestFinished(() => void answer.destroy());
  const blocks: Block[] = [];
  const events: OpenedStream['events'][number][] = [];
  let rest = '';
  answer.setEncoding('utf8');
  answer.on('data', (text: string) => {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    for (const block of parts.map(blockFrom)) {
      blocks.push(block);
      if (block.data !== undefined) events.push(eventFrom(block));
    }
  });
  const ended = new Promise<void>((resolve) => answer.once('close', resolve).on('error', () => resolve()));
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    blocks,
    events,
    get lastEventId() {
      return blocks.findLast(({ id }) => id !== undefined)?.id;
    },
    until: (count, timeoutMs = 5_000) =>
      eventually(
        () => {
          if (events.length >= count) return;
          throw new Error(`${events.length} of ${count}: ${JSON.stringify(blocks.slice(-20)).slice(0, 2_000)}`);
        },
        { timeoutMs },
      ),
    ended,
    pause: () => void answer.pause(),
    resume: () => void answer.resume(),
    cut: () => void answer.destroy(),
  };
}

function blockFrom(text: string): Block {
  const fields = text.split('\n').map((line) => {
    const [, name = '', value = ''] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    return [name === '' ? 'comment' : name, value];
  });
  return Object.fromEntries(fields) as Block;
}

function eventFrom({ id, event, data = '' }: Block) {
  return { id, event, data: JSON.parse(data) };
}
