/**
 * The answer to what is not even HTTP, did not arrive in time, or asks for a socket in a wrong way: written to the bare socket, as no request
 * came of it; and to a request that no application should see.
 *
 * Why here what Node.js and ws would refuse by themselves: every refusal is a problem document.
 * Invariant: nothing of what was received is logged or echoed: the error carries the raw packet, headers and all.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { problem } from '../errors.ts';
import { problemType } from './answers.ts';

/** For the `clientError` event of a server. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else refuse(socket, detailOf(error.code));
}

/** For the `wsClientError` event of a server of WebSockets, whose errors name the header that is wrong. */
export function refuseHandshake(error: Error, socket: Duplex): void {
  refuse(socket, `no WebSocket can be opened: ${error.message}`, 'Sec-WebSocket-Version: 13\r\n');
}

/** Ends a request of HTTP/1.1 that names no host (RFC 9112, 3.2). */
export function refuseWithoutHost(response: ServerResponse): void {
  const body = JSON.stringify(problem('bad_request', 'the request names no host'));
  response
    .writeHead(400, { 'content-type': problemType, 'content-length': body.length, connection: 'close' })
    .end(body);
}

/** `headers`: more of them, each with the end of its line. */
function refuse(socket: Duplex, detail: string, headers = ''): void {
  const body = JSON.stringify(problem('bad_request', detail));
  const head = `HTTP/1.1 400 Bad Request\r\n${headers}Content-Type: ${problemType}\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}

function detailOf(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'the request took too long to arrive';
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers are too large';
  return 'this is not a valid HTTP request';
}
