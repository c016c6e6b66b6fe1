/**
 * What changes games: each request becomes one operation, and the gateway's answer is sent as it is, but for the token that goes with some.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '../../member/contract/gateway.ts';
import type { Caller } from '../../session/permission.ts';
import type { ApiOperation } from '../api/operation.ts';
import { operations } from '../api/operations.ts';
import { gameHeaders, send, sendAnswer, sendShown } from '../edge/answers.ts';
import type { Edge } from '../edge/edge.ts';
import {
  type Asked,
  type CommandId,
  checkedKey,
  commandOperation,
  continueOperation,
  eraseOperation,
  fieldsOf,
  parse,
} from '../edge/operations.ts';
import { traceOf } from '../edge/request-spans.ts';
import { serverTime, shown } from '../edge/server-time.ts';
import type { Handler } from './api-routes.ts';
import { eraseGames, pastTime } from './erase-games.ts';
import { gamesOfAddress, gamesOfCode } from './join-codes.ts';
import { createGame, joinGame, perform, withGame } from './perform.ts';
import { askForRematch, rematchAsked } from './rematch.ts';

/** By operation. */
export function commandHandlers(edge: Edge) {
  const command =
    (id: CommandId): Handler =>
    async (request, reply, caller) => {
      const asked = askedOf(operations[id], request, caller);
      const answer = await perform(edge, commandOperation(id, asked, edge));
      return sendAnswer(edge, reply, answer);
    };
  return {
    create_game: async (request, reply, caller) => {
      const key = request.headers['idempotency-key'];
      const asked = { caller, key, from: request.ip, fields: fieldsOf(request.body), trace: traceOf(request) };
      const { gameId, answer } = await createGame(edge, asked);
      return sendMade(edge, reply, gameId, shown(answer, serverTime(edge.gateway)));
    },

    continue_game: async (request, reply, caller) => {
      const operation = continueOperation(askedOf(operations.continue_game, request, caller), edge.random);
      return sendShown(edge, reply, await perform(edge, operation));
    },

    erase_game: async (request, reply, caller) => {
      const { idleSince } = parse(operations.erase_game.query, request.query);
      const since = idleSince === undefined ? undefined : pastTime(idleSince, edge.gateway.now);
      const operation = eraseOperation(askedOf(operations.erase_game, request, caller), since);
      return sendAnswer(edge, reply, await perform(edge, operation));
    },

    erase_games: async (request, reply, caller) => {
      const query = parse(operations.erase_games.query, request.query);
      const asked = { caller, key: request.headers['idempotency-key'], trace: traceOf(request) };
      return send(edge, reply, 200, JSON.stringify(await eraseGames(edge, asked, query)));
    },

    join_game: async (request, reply, caller) => {
      const asked = askedOf(operations.join_game, request, caller);
      const { gameId, answer } = await joinGame(edge, asked, gamesOfAddress(asked.gameId));
      return sendMade(edge, reply, gameId, answer);
    },

    join_by_code: async (request, reply, caller) => {
      const fields = fieldsOf(request.body);
      const { code } = parse(operations.join_by_code.body, fields);
      const key = request.headers['idempotency-key'];
      const asked = { caller, key, from: request.ip, fields, trace: traceOf(request) };
      const { gameId, answer } = await joinGame(edge, asked, gamesOfCode(code));
      return sendMade(edge, reply, gameId, answer.status === 201 ? withGame(gameId, answer) : answer);
    },

    rematch_game: async (request, reply, caller) => {
      // Not needed, but never wrong unseen.
      checkedKey(request.headers['idempotency-key']);
      const asking = rematchAsked(operations.rematch_game, request, caller);
      const { gameId, answer } = await askForRematch(edge, asking, () => edge.rate.creations(request, caller));
      return sendMade(edge, reply, gameId, answer);
    },

    set_ready: command('set_ready'),
    leave_game: command('leave_game'),
    renew_token: command('renew_token'),
    take_host: command('take_host'),
    lock_game: command('lock_game'),
    change_settings: command('change_settings'),
    start_game: command('start_game'),
    register_action: command('register_action'),
    retract_action: command('retract_action'),
    commit_round: command('commit_round'),
    end_round: command('end_round'),
  } satisfies Record<
    CommandId | 'join_by_code' | 'rematch_game' | 'create_game' | 'continue_game' | 'erase_game' | 'erase_games',
    Handler
  >;
}

/** What the address says goes before what the body says. Throws 400. */
function askedOf({ params }: ApiOperation, request: FastifyRequest, caller: Caller): Asked {
  const { id, ...addressed } = parse(params, request.params) as { id: string };
  const fields = { ...fieldsOf(request.body), ...addressed };
  const key = request.headers['idempotency-key'];
  return { gameId: id, caller, key, from: request.ip, fields, trace: traceOf(request) };
}

/** As `sendAnswer`; with the address of the game if something was made. */
function sendMade(edge: Edge, reply: FastifyReply, gameId: string, answer: Answer): FastifyReply {
  if (answer.status !== 201) return sendAnswer(edge, reply, answer);
  gameHeaders(reply, answer.owner);
  return send(edge, reply.header('location', `/v1/games/${gameId}`), 201, answer.body);
}
