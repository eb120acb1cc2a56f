import type { Socket } from 'node:net';
import { Refusal } from '../refusal.ts';
import { problemOf } from './problems.ts';

/** By Node's code for what its HTTP parser found. */
const DETAILS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The request line and the headers are longer than 16 KiB together; send shorter ones.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time; send it faster or smaller.',
};

/**
 * Answers what never became a request (broken HTTP, too long headers, a body that does not come), as a problem like any
 * other, and closes the connection. `newRequestId` gives the answer's id.
 */
export function answerMalformedHttp(
  newRequestId: () => string,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const requestId = newRequestId();
    const detail = DETAILS[error.code ?? ''];
    const answer = problemOf(new Refusal('bad_request', detail ? { detail } : {}), requestId);
    const body = JSON.stringify(answer);
    if (!socket.writable) return void socket.destroy(error);
    socket.end(
      [
        `HTTP/1.1 ${answer.status} Bad Request`,
        'content-type: application/problem+json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-request-id: ${requestId}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  };
}
