/**
 * The answer to what is not even HTTP, did not arrive in time, or asks for a socket in a wrong way: written to the bare socket, as no request
 * came of it; and to a request that no application should see.
 *
 * Why here what Node.js and ws would refuse by themselves: every refusal is a problem document.
 * Invariant: nothing of what was received is logged or echoed: the error carries the raw packet, headers and all.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problem } from '../../errors.ts';
import { problemType } from './answers.ts';
import { requestIdHeader } from './request-ids.ts';

/** For the `clientError` event of a server. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else refuse(socket, detailOf(error.code));
}

/** For the `wsClientError` event of a server of WebSockets, whose errors name the header that is wrong. */
export function refuseHandshake(error: Error, socket: Socket): void {
  refuse(socket, `no WebSocket can be opened: ${error.message}`, 'Sec-WebSocket-Version: 13\r\n');
}

/** For the `connect` event of a server: without it Node.js would cut the connection. */
export function refuseTunnel(socket: Socket): void {
  refuse(socket, 'this is no proxy: CONNECT leads nowhere');
}

const hostValue = /^[A-Za-z0-9._~!$&'()*+,;=:%[\]-]*$/;

/** What is wrong with the `Host` of a request (RFC 9112, 3.2); null: nothing. Two of them would be one for a proxy and another one here. */
export function hostComplaint({ rawHeaders, headers: { host }, httpVersion }: IncomingMessage): string | null {
  if (host === undefined) return httpVersion === '1.1' ? 'the request names no host' : null;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count > 1) return 'the request names its host twice';
  return hostValue.test(host) ? null : 'the host of the request is none';
}

/** Ends a request whose `Host` is wrong; `requestId` is what it is called by, as any other is. */
export function refuseHost(response: ServerResponse, complaint: string, requestId: string): void {
  const body = JSON.stringify(problem('bad_request', complaint));
  const about = { 'content-type': problemType, 'content-length': body.length, [requestIdHeader]: requestId };
  response.writeHead(400, { ...about, connection: 'close' }).end(body);
}

/** `headers`: more of them, each with the end of its line. */
function refuse(socket: Socket, detail: string, headers = ''): void {
  const body = JSON.stringify(problem('bad_request', detail));
  const head = `HTTP/1.1 400 Bad Request\r\n${headers}Content-Type: ${problemType}\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
  socket.destroySoon();
}

function detailOf(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'the request took too long to arrive';
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers are too large';
  return 'this is not a valid HTTP request';
}
