import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { pick, type Random } from './seeded-random.ts';

/** What can become of a request: it is not passed on (503, or a reset), or it is, and its answer is lost, replaced or cut. */
export type HttpFault = 'refused' | 'reset' | 'answer_lost' | 'answer_503' | 'answer_cut';

const FAULTS: readonly HttpFault[] = ['refused', 'reset', 'answer_lost', 'answer_503', 'answer_cut'];
/** So much of an answer is passed on before it is cut. Bytes. */
const CUT_AFTER = 40;

/** An HTTP proxy on 127.0.0.1 with faults at random, as a bad balancer has them. */
export interface HttpFaults {
  readonly url: string;
  /** How often each fault was done so far, and what was passed on unharmed. */
  readonly counts: Readonly<Record<HttpFault | 'unharmed', number>>;
  /** From 0 (none) to 1: how many requests meet a fault from now on. */
  setChance(chance: number): void;
  close(): Promise<void>;
}

/**
 * Starts it in front of `upstream` (`http://host:port`). An upstream that cannot be reached is a 502. Bodies, streams of
 * events too, pass as they come.
 */
export async function startHttpFaults(options: {
  upstream: string;
  chance: number;
  random: Random;
}): Promise<HttpFaults> {
  const { upstream, random } = options;
  let { chance } = options;
  const counts = { unharmed: 0, refused: 0, reset: 0, answer_lost: 0, answer_503: 0, answer_cut: 0 };
  const server = createServer((request, response) => {
    const fault = random() < chance ? pick(random, FAULTS) : undefined;
    counts[fault ?? 'unharmed']++;
    response.on('error', () => {});
    if (fault === 'refused') return answer503(request, response);
    if (fault === 'reset') return reset(response);
    passOn({ request, response, upstream }, (answer) => deliver(answer, response, fault));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    setChance: (to) => {
      chance = to;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Way {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: string;
}

function passOn({ request, response, upstream }: Way, onAnswer: (answer: IncomingMessage) => void): void {
  const { method, url, headers } = request;
  const onward = send(`${upstream}${url}`, { method, headers: { ...headers, connection: 'close' } }, onAnswer);
  onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on('close', () => onward.destroy());
  pipeline(request, onward, () => {});
}

function deliver(answer: IncomingMessage, response: ServerResponse, fault: HttpFault | undefined): void {
  const { statusCode = 502, headers } = answer;
  switch (fault) {
    case 'answer_lost':
      reset(response);
      break;
    case 'answer_503':
      answer.resume();
      response.writeHead(503).end();
      break;
    case 'answer_cut':
      response.writeHead(statusCode, headers).flushHeaders();
      answer.once('data', (head: Buffer) => {
        response.write(head.subarray(0, CUT_AFTER), () => reset(response));
      });
      answer.once('end', () => reset(response));
      break;
    default:
      response.writeHead(statusCode, headers).flushHeaders();
      pipeline(answer, response, () => {});
  }
}

function answer503(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(503, { 'retry-after': '0' }).end();
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
