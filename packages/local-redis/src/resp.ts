import { connect } from 'node:net';

/** A reply of Redis; an error reply is thrown as {@link RedisReplyError} instead. */
export type Reply = string | number | null | readonly Reply[];

/** Redis answered with an error, such as `LOADING …`; `word` is its first word. */
export class RedisReplyError extends Error {
  readonly word: string;

  constructor(message: string) {
    super(message);
    this.name = 'RedisReplyError';
    this.word = message.split(' ', 1)[0] ?? '';
  }
}

/** Far above what PING, CONFIG GET and INFO answer. */
const MOST_CHARACTERS = 1024 ** 2;

/**
 * Sends one command to the Redis on 127.0.0.1 over a socket of its own and gives its reply. Rejects with
 * {@link RedisReplyError}, or with an Error when nobody answers within `withinMs` (default 1000). The end of the
 * connection without a reply gives null.
 */
export function ask(port: number, command: readonly string[], withinMs = 1_000): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => finish(() => reject(new Error(`no reply within ${withinMs} ms`))), withinMs);
    socket.setEncoding('latin1'); // one character per byte, so that RESP's byte lengths count characters
    socket.on('connect', () => socket.write(encode(command)));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => resolve(null)));
    socket.on('data', (chunk: string) => {
      received += chunk;
      try {
        const parsed = parseReply(received, 0);
        if (parsed) finish(() => resolve(parsed.value));
        else if (received.length > MOST_CHARACTERS) throw new Error('the reply is larger than 1 MiB');
      } catch (error) {
        finish(() => reject(error));
      }
    });
  });
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
}

type Parsed = { value: Reply; end: number } | undefined;

/** Parses one RESP2 reply of `text` from `start`; undefined while it is not complete. */
export function parseReply(text: string, start: number): Parsed {
  const lineEnd = text.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const line = text.slice(start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (text[start]) {
    case '+':
      return { value: line, end: next };
    case '-':
      throw new RedisReplyError(line);
    case ':':
      return { value: Number(line), end: next };
    case '$':
      return parseBulk(text, next, Number(line));
    case '*':
      return parseArray(text, next, Number(line));
    default:
      throw new Error('this is not a Redis server');
  }
}

function parseBulk(text: string, start: number, length: number): Parsed {
  if (length < 0) return { value: null, end: start };
  const end = start + length + 2;
  return text.length < end ? undefined : { value: Buffer.from(text.slice(start, end - 2), 'latin1').toString(), end };
}

function parseArray(text: string, start: number, length: number): Parsed {
  const values: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = parseReply(text, end);
    if (!item) return undefined;
    values.push(item.value);
    end = item.end;
  }
  return { value: values, end };
}
