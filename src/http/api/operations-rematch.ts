/**
 * The table, part five: what comes after a game.
 */
import { z } from 'zod';
import {
  ada,
  bob,
  exampleGame,
  exampleRematch,
  exampleRematchToken,
  exampleTime,
  ofCommand,
  ofOneGame,
} from './answers.ts';
import { operation } from './operation.ts';
import { seatInGame } from './operations-lobby.ts';
import { gameId, none, ofGame, playerId, serverTime } from './schemas.ts';

const again = { tag: 'lobby', opsOnly: false, frame: null, query: none } as const;

export const rematchOperations = {
  rematch_game: operation({
    ...again,
    idempotent: true,
    id: 'rematch_game',
    method: 'POST',
    path: '/v1/games/{id}/rematch',
    summary: 'Play it once more',
    description:
      'For whoever played a game that is over: a seat, the same one, in its rematch. Whoever asks first opens that, by the same settings (but for `seed`), and hosts it until the host of the game before asks, too; all others get into the same one. Its lobby is locked at first: seats are kept for those who played, until the host unlocks it. A repetition within an hour gets the same seat, whether it has a key or not. If the rematch is over, everybody left it, or it began without the one who asks, the next one is opened: two at most by one player, six in all (then 409 `game_concluded`).',
    may: ['player'],
    params: ofGame,
    body: null,
    answers: {
      201: {
        description: 'A seat in the rematch.',
        schema: seatInGame,
        example: { gameId: exampleRematch, playerId: bob, token: exampleRematchToken, version: 2 },
        located: true,
      },
    },
    errors: [
      ...ofCommand,
      'game_not_concluded',
      'player_not_found',
      'game_exists',
      'key_expired',
      'game_started',
      'kept_out',
      'lobby_locked',
      'game_full',
      'name_taken',
      'too_many_games',
    ],
    example: { params: { id: exampleGame }, query: {} },
  }),

  get_rematch: operation({
    ...again,
    idempotent: false,
    id: 'get_rematch',
    method: 'GET',
    path: '/v1/games/{id}/rematch',
    summary: 'Whether there is a rematch',
    description:
      'For whoever played a game that is over: whether somebody has asked for another one, and who. One that began without the player is shown until there is another that the player may come into.',
    may: ['player'],
    params: ofGame,
    body: null,
    answers: {
      200: {
        description: 'The rematch that goes on, or null.',
        schema: z
          .object({
            rematch: z
              .object({
                gameId,
                status: z.enum(['lobby', 'active']),
                joined: z.array(playerId).meta({ description: 'Who of the game before is in it.' }),
              })
              .nullable(),
            serverTime,
          })
          .meta({ id: 'RematchAnswer' }),
        example: {
          rematch: { gameId: exampleRematch, status: 'lobby', joined: [ada] },
          serverTime: exampleTime,
        },
      },
    },
    errors: [...ofOneGame, 'game_not_concluded', 'player_not_found'],
    example: { params: { id: exampleGame }, query: {} },
  }),
} as const;
