/**
 * Bodies of requests as they really come: JSON in UTF-8, or nothing, however that is framed.
 *
 * Why nothing is looked for in the stream: proxies forward a request without a body as an empty chunked one, of any type or none. Only a body
 * that has a first byte is held against its headers.
 * Invariant: what is not taken is named: the type, the charset, the encoding.
 */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem-reply.ts';

const byteOrderMark = Buffer.from('\ufeff');
const mediaType = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;
const charsetOf = /;\s*charset\s*=\s*("[^"]*"|[^;\s]*)/i;
/** ASCII is UTF-8 too. */
const charsets = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii', '']);
/** How much of a header a refusal repeats. */
const longestQuote = 40;

/** Takes JSON only, and no body as `undefined`. */
export function parseBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = withoutMark(body as Buffer);
    if (bytes.length === 0) return done(null, undefined);
    const refusal = refuseEncoding(request) ?? refuseText(bytes);
    if (refusal !== null) return done(refusal);
    parseJson(request, bytes.toString(), done);
  });
  app.addContentTypeParser('*', (request, payload, done) => {
    refuseIfAny(payload, () => refuseEncoding(request) ?? wrongType, done);
  });
}

/** A type that is none would be refused before anybody sees whether there is a body: from here on it is as good as not given. */
export function forgetBrokenType({ raw: { headers } }: FastifyRequest): void {
  const type = headers['content-type'];
  if (type !== undefined && !mediaType.test(type)) delete headers['content-type'];
}

const wrongType = new RequestProblem('unsupported_media_type', 'send Content-Type: application/json');

/** Calls `done` with what `refusal` tells at the first byte, with nothing at the end of an empty body. */
function refuseIfAny(payload: Readable, refusal: () => Error, done: (error: Error | null) => void): void {
  const settle = (error: Error | null) => {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    // What follows is read and dropped: the answer closes the connection.
    payload.resume();
    done(error);
  };
  const onData = () => settle(refusal());
  const onEnd = () => settle(null);
  const onError = () => settle(new RequestProblem('bad_request', 'the body did not arrive'));
  payload.on('data', onData).on('end', onEnd).on('error', onError);
}

function refuseEncoding({ headers }: FastifyRequest): RequestProblem | null {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && !/^(identity|\s)*$/i.test(encoding)) {
    return notTaken(`Content-Encoding: ${quoted(encoding)} is not taken; send the body as it is`);
  }
  const charset = charsetOf.exec(headers['content-type'] ?? '')?.[1]?.replaceAll('"', '') ?? '';
  if (charsets.has(charset.toLowerCase())) return null;
  return notTaken(`Content-Type: charset=${quoted(charset)} is not taken; send UTF-8`);
}

function refuseText(bytes: Buffer): RequestProblem | null {
  return isUtf8(bytes) ? null : new RequestProblem('bad_request', 'the body is not UTF-8');
}

function withoutMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(byteOrderMark) ? body.subarray(3) : body;
}

function notTaken(detail: string): RequestProblem {
  return new RequestProblem('unsupported_media_type', detail);
}

function quoted(header: string): string {
  return header.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, longestQuote);
}
