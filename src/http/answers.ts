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
export function sendAnswer(edge: Edge, reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.status === 200 && !edge.draining) {
    reply.hijack();
    const h = ['content-type', jsonType, 'content-length', String(Buffer.byteLength(answer.body)), 'x-minotaur-member', edge.gateway.self.id, 'cache-control', 'no-store'];
    if (answer.owner !== null) h.push('x-minotaur-owner', answer.owner);
    reply.raw.writeHead(200, h);
    reply.raw.end(answer.body);
    return reply;
  }
  gameHeaders(reply, answer.owner);
  return send(edge, reply, answer.status, answer.body, answer.status < 400 ? jsonType : problemType);
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
