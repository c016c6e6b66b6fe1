/**
 * The table: games that administrators erase.
 */
import { z } from 'zod';
import { done, exampleGame, ofOneGame, withBody, withToken } from './answers.ts';
import { operation } from './operation.ts';
import { fromText, gameId, givenTime, id, none, ofGame } from './schemas.ts';
import { status, suspendedOnly } from './schemas-game.ts';

const forAdmins = { tag: 'games', opsOnly: true } as const;

const erasedAtOnce = z
  .int({ error: 'must be a whole number' })
  .min(1, 'must be from 1 to 100')
  .max(100, 'must be from 1 to 100');

export const eraseOperations = {
  erase_game: operation({
    ...forAdmins,
    id: 'erase_game',
    method: 'DELETE',
    path: '/v1/games/{id}',
    summary: 'Erase a game and its archive',
    description:
      'For good: the game, its rounds, its events. Its tokens hold no more, even if a game with this id begins again.',
    may: ['admin'],
    frame: null,
    params: ofGame,
    query: z.object({
      idleSince: givenTime('Only if nobody has played it since (not a time to come): else `game_not_idle`.').optional(),
    }),
    body: null,
    answers: { 204: done },
    errors: [...ofOneGame, ...withBody, 'not_found', 'game_not_idle', 'too_late', 'key_reused'],
    idempotent: true,
    example: { params: { id: exampleGame }, query: {} },
  }),

  erase_games: operation({
    ...forAdmins,
    id: 'erase_games',
    method: 'DELETE',
    path: '/v1/games',
    summary: 'Erase games that nobody plays',
    description:
      'A page of those that `list_games` shows for the same query, each erased as by `erase_game`, unless somebody plays it meanwhile. Ask again with `cursor` until `nextCursor` is null.',
    may: ['admin'],
    frame: null,
    params: none,
    query: z.object({
      status: status.optional(),
      suspended: suspendedOnly,
      idleSince: givenTime('Only games that nobody has played since: not a time to come.'),
      limit: fromText(erasedAtOnce).prefault(50).meta({ description: 'How many at most.' }),
      cursor: id('`nextCursor` of the answer before.', exampleGame).optional(),
    }),
    body: null,
    answers: {
      200: {
        description: 'What was erased.',
        schema: z
          .object({
            erased: z.array(gameId).meta({ description: 'They are gone.' }),
            left: z.array(gameId).meta({
              description: 'Somebody played it meanwhile, or its owner did not answer: it may be erased in part.',
            }),
            nextCursor: z.string().nullable().meta({ description: 'Null when there are no more.' }),
            partial: z.boolean().meta({ description: 'A member did not answer in time: games may be missing.' }),
          })
          .meta({ id: 'ErasedGames' }),
        example: { erased: [exampleGame], left: [], nextCursor: null, partial: false },
      },
    },
    errors: [...withToken, ...withBody, 'bad_request', 'not_found', 'cluster_unavailable'],
    idempotent: true,
    example: { params: {}, query: { suspended: 'true', idleSince: '2030-01-01T00:00:00.000Z', limit: '50' } },
  }),
} as const;
