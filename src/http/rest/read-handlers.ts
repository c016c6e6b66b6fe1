/**
 * What can be asked of games without changing them.
 */
import type { ListQuery } from '../../member/contract/gateway.ts';
import { operations } from '../api/operations.ts';
import { idComplaint, isId } from '../api/schemas.ts';
import { gameHeaders, send, sendShown } from '../edge/answers.ts';
import { requirePermission } from '../edge/auth.ts';
import type { Edge } from '../edge/edge.ts';
import { parse, readOperation } from '../edge/operations.ts';
import { RequestProblem } from '../edge/problem-reply.ts';
import { traceOf } from '../edge/request-spans.ts';
import { serverTime } from '../edge/server-time.ts';
import type { Handler } from './api-routes.ts';
import { listQuery } from './erase-games.ts';
import { findRematch, rematchAsked } from './rematch.ts';

/** By operation. */
export function readHandlers(edge: Edge) {
  const { gateway } = edge;
  return {
    // No schema here: this is the hottest path there is.
    get_game: (request, reply, caller) => {
      const { params, query } = request;
      const { id } = params as { id: string };
      if (!isId(id)) throw new RequestProblem('bad_request', `id: ${idComplaint}`);
      const { consistency } = query as { consistency?: unknown };
      const operation = readOperation({ gameId: id, caller, trace: traceOf(request) }, consistency);
      const now = gateway.readNow(operation);
      if (now === null) return gateway.execute(operation).then((answer) => sendShown(edge, reply, answer));
      sendShown(edge, reply, now);
      return null;
    },

    list_games: async (request, reply, caller) => {
      const { idleSince, ...asked } = parse(operations.list_games.query, request.query);
      // These look at every game: not for everybody to ask.
      if (asked.suspended !== undefined || idleSince !== undefined) requirePermission(caller, ['admin']);
      const since = idleSince === undefined ? {} : { idleSince: Date.parse(idleSince) };
      const query: ListQuery = { ...listQuery(asked), caller, ...since };
      const page = await gateway.listGames(query);
      const games = page.games.map((game) => ({ ...game, module: edge.shapes.name }));
      return send(edge, reply, 200, JSON.stringify({ ...page, games, serverTime: serverTime(gateway) }));
    },

    get_location: async (request, reply) => {
      const { id } = parse(operations.get_location.params, request.params);
      const location = gateway.location(id);
      gameHeaders(reply, location.owner);
      return send(edge, reply, 200, JSON.stringify(location));
    },

    get_rematch: async (request, reply, caller) =>
      sendShown(edge, reply, await findRematch(edge, rematchAsked(operations.get_rematch, request, caller))),

    get_events: async (request, reply, caller) => {
      const { params, query, may } = operations.get_events;
      const { id: gameId } = parse(params, request.params);
      const { after, limit } = parse(query, request.query);
      return sendShown(
        edge,
        reply,
        await gateway.events({ gameId, caller, may, after, limit, trace: traceOf(request) }),
      );
    },

    get_round: async (request, reply, caller) => {
      const { params, may } = operations.get_round;
      const { id: gameId, round } = parse(params, request.params);
      return sendShown(edge, reply, await gateway.round({ gameId, caller, may, round, trace: traceOf(request) }));
    },
  } satisfies Record<string, Handler>;
}
