/**
 * Answers on their way out: JSON text that is ready to send, under the headers that every answer carries.
 *
 * Why text: the owner keeps the stored bytes of the last commit, and the edge passes them on as they are.
 * Invariants:
 *  - What is shown of a game says what time it is for games. What a command came to does not: it is stored, and repeated as it was.
 *  - A 503 says when to try again, a 401 how to authenticate; once a stop was announced, every answer closes its connection.
 *  - No answer may be taken for anything but what its content type says.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '../../member/contract/gateway.ts';
import type { Edge } from './edge.ts';
import { identified, requestIdHeader } from './request-ids.ts';
import { serverTime, shown } from './server-time.ts';

export const jsonType = 'application/json; charset=utf-8';
export const problemType = 'application/problem+json; charset=utf-8';
export const noSniffing = ['x-content-type-options', 'nosniff'] as const;

/** Sends what a game shows. */
export function sendShown(edge: Edge, reply: FastifyReply, answer: Answer): FastifyReply {
  return sendAnswer(edge, reply, shown(answer, serverTime(edge.gateway)));
}

/** Sends what the gateway answered about a game. */
export function sendAnswer(edge: Edge, reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, owner, body } = identified(answer, reply.request.id);
  countOverload(edge, answer);
  const isPlain = (status === 200 || status === 201) && edge.stage === 'serving';
  // What fastify's hooks set for pages of other origins would be lost.
  if (isPlain && reply.request.headers.origin === undefined) return sendAtOnce(edge, reply, { status, body, owner });
  gameHeaders(reply, owner);
  return send(edge, reply, status, body, status < 400 ? jsonType : problemType);
}

/** Requests that were turned away because too many wait, for the game or for its owner. */
export function countOverload({ refusals }: Edge, { status, body }: Pick<Answer, 'status' | 'body'>): void {
  if (status === 503 && body.includes('"session_overloaded"')) refusals.count('waiting_requests');
}

/** The hot path: straight to the response, past fastify's own handling of headers and payload (about a tenth of a read). */
function sendAtOnce(edge: Edge, reply: FastifyReply, { status, body, owner }: Answer): FastifyReply {
  const length = Buffer.byteLength(body);
  const headers = ['content-type', jsonType, 'content-length', `${length}`];
  headers.push('x-minotaur-member', edge.gateway.self.id, 'cache-control', 'no-store', ...noSniffing);
  headers.push(requestIdHeader, reply.request.id);
  if (owner !== null) headers.push('x-minotaur-owner', owner);
  reply.hijack();
  // What takes a byte a character is ASCII, which need not be looked through again for what is not.
  reply.raw.writeHead(status, headers).end(body, length === body.length ? 'latin1' : 'utf8');
  return reply;
}

/** Names the owner of the game that the answer is about. */
export function gameHeaders(reply: FastifyReply, owner: string | null): void {
  if (owner !== null) reply.header('x-minotaur-owner', owner);
}

/** Sends `body`, JSON text; empty for 204. */
export function send(edge: Edge, reply: FastifyReply, status: number, body: string, type = jsonType): FastifyReply {
  reply.code(status).header('x-minotaur-member', edge.gateway.self.id).header('cache-control', 'no-store');
  reply.header(...noSniffing);
  if (edge.stage !== 'serving') reply.header('connection', 'close');
  if (status === 503) reply.header('retry-after', '1');
  if (status === 401) reply.header('www-authenticate', challenge(reply.request));
  if (status === 204) return reply.send();
  return reply.header('content-type', type).send(body);
}

/** RFC 6750: a token was wrong, or none was there. */
function challenge({ headers }: FastifyRequest): string {
  return headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
}
