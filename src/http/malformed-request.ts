/**
 * The answer to what is not even HTTP, or did not arrive in time: written to the bare socket, as no request came of it.
 *
 * Invariant: nothing of what was received is logged or echoed: the error carries the raw packet, headers and all.
 */
import type { Socket } from 'node:net';
import { problem } from '../errors.ts';
import { problemType } from './answers.ts';

/** For the `clientError` event of a server. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem('bad_request', detailOf(error.code)));
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${problemType}\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}

function detailOf(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'the request took too long to arrive';
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers are too large';
  return 'this is not a valid HTTP request';
}
