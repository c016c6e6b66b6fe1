/**
 * REST routes of games: each turns a request into one operation and sends the gateway's answer as it is.
 *
 * Why so bare: reading a game is the hottest path there is; it runs no hook, no schema and no logger.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ListQuery } from '../member/gateway.ts';
import { gameHeaders, send, sendAnswer } from './answers.ts';
import { requireAdmin, viewerOf } from './auth.ts';
import type { Edge } from './edge.ts';
import { isId } from './edge.ts';
import type { CommandRequest, CommandType } from './operations.ts';
import { commandOperation, continueOperation, fieldsOf, parse, readOperation } from './operations.ts';
import { RequestProblem } from './problem-reply.ts';

const listQuery = z.object({
  status: z.enum(['lobby', 'active', 'concluded'], { error: 'must be lobby, active or concluded' }).optional(),
  limit: z.coerce.number({ error: 'must be a number' }).int().min(1).max(500).default(50),
  cursor: z.string().refine(isId, { error: 'must be an id' }).optional(),
});

/** Adds the routes of games, but for the socket's. */
export function gameRoutes(app: FastifyInstance, edge: Edge): void {
  readRoutes(app, edge);
  commandRoutes(app, edge);
}

function readRoutes(app: FastifyInstance, edge: Edge): void {
  const { gateway } = edge;

  app.get('/v1/games/:id', async (request, reply) => {
    const viewer = viewerOf(edge.admins, request.headers.authorization);
    const { consistency } = request.query as { consistency?: unknown };
    const answer = await gateway.execute(readOperation(gameIdOf(request), viewer, consistency));
    return sendAnswer(edge, reply, answer);
  });

  app.get('/v1/games', async (request, reply) => {
    const viewer = viewerOf(edge.admins, request.headers.authorization);
    const { limit, status, cursor } = parse(listQuery, request.query);
    const query: ListQuery = { viewer, limit, ...(status && { status }), ...(cursor && { cursor }) };
    return send(edge, reply, 200, JSON.stringify(await gateway.listGames(query)));
  });

  app.get('/v1/games/:id/location', async (request, reply) => {
    viewerOf(edge.admins, request.headers.authorization);
    const location = gateway.location(gameIdOf(request));
    gameHeaders(reply, location.owner);
    return send(edge, reply, 200, JSON.stringify(location));
  });

  // A record holds everything that happened in its round: for administrators, until it can be cut to what a player saw.
  app.get('/v1/games/:id/rounds/:round', async (request, reply) => {
    requireAdmin(edge.admins, request.headers.authorization);
    const gameId = gameIdOf(request);
    const record = await gateway.round(gameId, roundOf(request));
    if (record === null) throw new RequestProblem('round_not_found', 'that round is not finished, or was never played');
    gameHeaders(reply, gateway.location(gameId).owner);
    return send(edge, reply, 200, record);
  });
}

function commandRoutes(app: FastifyInstance, edge: Edge): void {
  // Before the body is read: nobody gets it parsed without a token.
  const adminOnly = (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    requireAdmin(edge.admins, request.headers.authorization);
    done();
  };
  const command =
    (type: CommandType, addressed: (request: FastifyRequest) => Readonly<Record<string, unknown>> = () => ({})) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const body = { ...fieldsOf(request.body), ...addressed(request) };
      const answer = await edge.gateway.execute(commandOperation(type, { ...commandRequest(request), body }));
      return sendAnswer(edge, reply, answer);
    };
  const inRound = (request: FastifyRequest) => ({ round: roundOf(request) });
  const onAction = (request: FastifyRequest) => ({ actionId: paramsOf(request).actionId });

  const { continueBodyBytes } = edge.limits;
  app.post('/v1/games/:id/continue', { onRequest: adminOnly, bodyLimit: continueBodyBytes }, async (request, reply) => {
    return sendAnswer(edge, reply, await edge.gateway.execute(continueOperation(commandRequest(request))));
  });
  app.post('/v1/games/:id/actions', { onRequest: adminOnly }, command('register_action'));
  app.delete('/v1/games/:id/actions/:actionId', { onRequest: adminOnly }, command('retract_action', onAction));
  app.post('/v1/games/:id/rounds/:round/commit', { onRequest: adminOnly }, command('commit_round', inRound));
  app.post('/v1/games/:id/rounds/:round/end', { onRequest: adminOnly }, command('end_round', inRound));
}

function commandRequest(request: FastifyRequest): CommandRequest {
  const key = request.headers['idempotency-key'];
  return { gameId: gameIdOf(request), viewer: 'admin', key, body: request.body };
}

function gameIdOf(request: FastifyRequest): string {
  const { id } = paramsOf(request);
  if (id === undefined || !isId(id)) {
    throw new RequestProblem('bad_request', 'the game id must be 1 to 64 characters of [A-Za-z0-9_-]');
  }
  return id;
}

function roundOf(request: FastifyRequest): number {
  const text = paramsOf(request).round ?? '';
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw new RequestProblem('bad_request', 'the round must be a positive whole number');
  }
  return Number(text);
}

const paramsOf = (request: FastifyRequest) => request.params as Readonly<Record<string, string | undefined>>;
