/** One event of a stream, as WHATWG HTML (section 9.2.6) makes it of the lines. */
export interface SseMessage {
  /** The last id that came, of this event or an earlier one; `''` before any. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** An event may be so long; one of a task with all its urls is far shorter. Characters. */
const MOST = 4 * 1024 * 1024;

export interface SseParser {
  /** Takes a piece of text as it came, and gives the events that are complete. Throws an Error for one over 4 Mi. */
  take(piece: string): SseMessage[];
  /** What to go on after: it may also come by itself, without an event. */
  lastId(): string;
}

export function createSseParser(startId: string): SseParser {
  let rest = '';
  let lastId = startId;
  let id = startId;
  let event = '';
  let data = '';

  function takeLine(line: string): SseMessage[] {
    if (line === '') return dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data += `${value}\n`;
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    return []; // a comment, or a field that nobody knows
  }

  function dispatch(): SseMessage[] {
    lastId = id;
    const message = { id, event: event || 'message', data: data.slice(0, -1) };
    const isEmpty = data === '';
    event = '';
    data = '';
    return isEmpty ? [] : [message];
  }

  return {
    take(piece) {
      const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/); // a last CR may be half of a CRLF
      rest = lines.pop() ?? '';
      const messages = lines.flatMap(takeLine);
      if (rest.length + data.length > MOST) throw new Error('an event of the stream is too long');
      return messages;
    },
    lastId: () => lastId,
  };
}
