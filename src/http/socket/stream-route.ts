/**
 * The route of streams: who is let in, and what the response begins with.
 *
 * Invariant: a stream counts as a socket of its address, and is sent elsewhere with the sockets when this member drains.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { closingOf } from '../api/close-codes.ts';
import { operations } from '../api/operations.ts';
import { gameHeaders, sendAnswer } from '../edge/answers.ts';
import type { Edge } from '../edge/edge.ts';
import { parse } from '../edge/operations.ts';
import { RequestProblem } from '../edge/problem-reply.ts';
import { requestIdHeader } from '../edge/request-ids.ts';
import { traceOf } from '../edge/request-spans.ts';
import { GameStream } from './game-stream.ts';
import type { SocketSubject } from './socket.ts';
import type { SocketHub } from './socket-hub.ts';
import { admission } from './watch-admission.ts';

const eventId = /^(\d{1,15})\.(\d{1,15})$/;

/** Adds `/v1/games/{id}/stream`. */
export function streamRoute(app: FastifyInstance, edge: Edge, hub: SocketHub): void {
  app.route({
    method: 'GET',
    url: '/v1/games/:id/stream',
    // A head alone would never end either.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const subject = subjectOf(edge, request);
      if (!edge.sockets.admit(request.ip)) {
        edge.refusals.count('sockets_per_address');
        throw new RequestProblem('too_many_requests', 'too many sockets and streams from this address');
      }
      let isServed = false;
      const release = () => edge.sockets.release(request.ip);
      try {
        isServed = await serve(edge, hub, subject, reply, release);
      } finally {
        if (!isServed) release();
      }
      return reply;
    },
  });
}

/** Throws what is wrong with the request, or with who sends it. */
function subjectOf({ auth }: Edge, request: FastifyRequest): SocketSubject {
  const { params, query, headers } = request;
  const line = operations.stream_game;
  const { id: gameId } = parse(line.params, params);
  const { since = 0, after = null } = parse(line.query, query);
  const caller = auth.authorize(headers.authorization, gameId, line.may);
  const trace = traceOf(request);
  const last = headers['last-event-id'];
  if (last === undefined || last === '') return { gameId, caller, since, after, trace };
  const [, version, seq] = eventId.exec(String(last)) ?? [];
  if (version === undefined) throw new RequestProblem('bad_request', 'Last-Event-ID: must be an id of this stream');
  return { gameId, caller, since: Number(version), after: Number(seq), trace };
}

/** False: it was refused. */
async function serve(
  edge: Edge,
  hub: SocketHub,
  subject: SocketSubject,
  reply: FastifyReply,
  release: () => void,
): Promise<boolean> {
  const { answer, release: leave } = await admission(edge, subject);
  if (closingOf(answer.status) !== undefined) {
    sendAnswer(edge, reply, answer);
    return false;
  }
  // Nobody waits for it any more.
  if (reply.raw.destroyed) {
    leave();
    return false;
  }
  gameHeaders(reply, answer.owner);
  const response = begin(edge, reply);
  const stream = new GameStream(edge, response, subject);
  const forget = hub.keep(stream);
  stream.start(subject, () => {
    forget();
    leave();
    release();
  });
  if (edge.stage === 'draining') stream.leave();
  return true;
}

function begin({ gateway }: Edge, reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw: response } = reply;
  // What was set for pages of other origins is kept.
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) response.setHeader(name, value);
  response.shouldKeepAlive = false;
  return response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-minotaur-member': gateway.self.id,
    [requestIdHeader]: reply.request.id,
  });
}
