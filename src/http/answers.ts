/**
 * Answers on their way out: JSON text that is ready to send, under the headers that every answer carries.
 *
 * Why text: the owner keeps the stored bytes of the last commit, and the edge passes them on as they are.
 * Invariant: a 503 says when to try again; while the member drains, every answer closes its connection.
 */
import type { FastifyReply } from 'fastify';
import type { Answer } from '../member/gateway.ts';
import type { Edge } from './edge.ts';

const jsonType = 'application/json; charset=utf-8';
export const problemType = 'application/problem+json; charset=utf-8';

/** Sends what the gateway answered about a game. */
export function sendAnswer(edge: Edge, reply: FastifyReply, { status, body, owner }: Answer): FastifyReply {
  if ((status === 200 || status === 201) && !edge.draining) return sendAtOnce(edge, reply, { status, body, owner });
  gameHeaders(reply, owner);
  return send(edge, reply, status, body, status < 400 ? jsonType : problemType);
}

/** The hot path: straight to the response, past fastify's own handling of headers and payload (about a tenth of a read). */
function sendAtOnce(edge: Edge, reply: FastifyReply, { status, body, owner }: Answer): FastifyReply {
  const headers = ['content-type', jsonType, 'content-length', `${Buffer.byteLength(body)}`];
  headers.push('x-minotaur-member', edge.gateway.self.id, 'cache-control', 'no-store');
  if (owner !== null) headers.push('x-minotaur-owner', owner);
  reply.hijack();
  reply.raw.writeHead(status, headers).end(body);
  return reply;
}

/** Names the owner of the game that the answer is about. */
export function gameHeaders(reply: FastifyReply, owner: string | null): void {
  if (owner !== null) reply.header('x-minotaur-owner', owner);
}

/** Sends `body`, JSON text; empty for 204. */
export function send(edge: Edge, reply: FastifyReply, status: number, body: string, type = jsonType): FastifyReply {
  reply.code(status).header('x-minotaur-member', edge.gateway.self.id).header('cache-control', 'no-store');
  if (edge.draining) reply.header('connection', 'close');
  if (status === 503) reply.header('retry-after', '1');
  if (status === 204) return reply.send();
  return reply.header('content-type', type).send(body);
}
