/**
 * The table, part one: making, finding and reading games.
 */
import { z } from 'zod';
import {
  ada,
  exampleAdminGame,
  exampleGame,
  examplePlayerGame,
  examplePublicGame,
  exampleTime,
  exampleToken,
  gameFor,
  ofCommand,
  ofOneGame,
  withBody,
  withToken,
} from './answers.ts';
import { operation } from './operation.ts';
import {
  fromText,
  gameId,
  givenTime,
  id,
  jsonObject,
  memberOrNull,
  none,
  ofGame,
  playerId,
  serverTime,
  time,
  token,
} from './schemas.ts';
import { continueGame, getGame } from './schemas-commands.ts';
import { asPlayer, givenSettings, newName, status, suspendedOnly } from './schemas-game.ts';

const anyGame = { tag: 'games', opsOnly: false } as const;

const createdGame = z.object({ ...asPlayer.omit({ presence: true }).shape, playerId, token }).meta({
  id: 'CreatedGame',
  description: 'The new game as its host sees it, with the seat and the token of the host.',
});

const listedGame = z
  .object({
    id: gameId,
    status,
    roundEndTime: time('When the running round ends.').nullable(),
    playedAt: time('Of a lobby, and for administrators: when somebody last did something; null if that is not known.')
      .nullable()
      .optional(),
    seatsLeft: z.int().min(0).optional().meta({ description: 'Of a lobby: how many it takes in; 0 if it is locked.' }),
    playerCount: z.int().min(0).optional().meta({ description: 'Of a lobby: how many are in.' }),
    host: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'Of a lobby: the name of its host; null: it does not play.' }),
    module: z.string().meta({ description: 'Which game is played here.' }),
  })
  .meta({ id: 'ListedGame' });

const pageSize = z
  .int({ error: 'must be a whole number' })
  .min(1, 'must be from 1 to 500')
  .max(500, 'must be from 1 to 500');
export const gameOperations = {
  create_game: operation({
    ...anyGame,
    id: 'create_game',
    method: 'POST',
    path: '/v1/games',
    summary: 'Open a new lobby',
    description:
      'Makes a game that waits for players; who makes it is its host. With `displayName` the host is its first player. The id of the game is what others join by. With an `Idempotency-Key` a repetition within an hour finds the game that the first request made, and gets a token for it: use random keys, and keep them secret.',
    may: ['anyone'],
    frame: null,
    params: none,
    query: none,
    body: z
      .object({
        settings: jsonObject(givenSettings).optional(),
        displayName: newName.optional().meta({ description: 'Of the host, if it plays; as for `join_game`.' }),
      })
      .meta({ id: 'CreateGame' }),
    answers: {
      201: {
        description: 'The lobby is open.',
        schema: createdGame,
        example: {
          game: examplePlayerGame,
          view: 'player',
          version: 1,
          owner: 'm1',
          serverTime: exampleTime,
          playerId: ada,
          token: exampleToken,
        },
        located: true,
      },
    },
    errors: [
      'bad_request',
      'unauthorized',
      'forbidden',
      'too_many_requests',
      'too_many_games',
      'internal',
      ...withBody,
      'game_exists',
      'key_expired',
      'game_too_large',
      'game_not_storable',
      'too_late',
      'key_reused',
      'rule_failed',
      'session_unavailable',
      'session_overloaded',
    ],
    idempotent: true,
    example: { params: {}, query: {}, body: { settings: { roundSeconds: 300, listed: true }, displayName: 'Ada' } },
  }),

  list_games: operation({
    ...anyGame,
    id: 'list_games',
    method: 'GET',
    path: '/v1/games',
    summary: 'List the games that are alive',
    description:
      'In the order of their ids. Administrators see every game, everybody else those whose `settings.listed` is true.',
    may: ['anyone'],
    frame: null,
    params: none,
    query: z.object({
      status: status.optional(),
      seats: z
        .literal('free', { error: 'must be free' })
        .optional()
        .meta({ description: 'Only lobbies that take somebody in.' }),
      suspended: suspendedOnly,
      idleSince: givenTime('For administrators: only games that nobody has played since.').optional(),
      limit: fromText(pageSize).prefault(50).meta({ description: 'How many at most.' }),
      cursor: id('`nextCursor` of the page before.', exampleGame).optional(),
    }),
    body: null,
    answers: {
      200: {
        description: 'One page.',
        schema: z
          .object({
            serverTime,
            games: z.array(listedGame),
            nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
            partial: z.boolean().meta({ description: 'A member did not answer in time: games may be missing.' }),
          })
          .meta({ id: 'GamePage' }),
        example: {
          games: [
            {
              id: exampleGame,
              status: 'lobby',
              roundEndTime: null,
              seatsLeft: 6,
              playerCount: 2,
              host: 'Ada',
              playedAt: '2030-01-31T11:59:00.000Z',
              module: 'minotaur',
            },
          ],
          nextCursor: null,
          partial: false,
          serverTime: exampleTime,
        },
      },
    },
    errors: ['bad_request', 'unauthorized', 'forbidden', 'too_many_requests', 'internal', 'cluster_unavailable'],
    idempotent: false,
    example: { params: {}, query: { status: 'lobby', seats: 'free', limit: '20' } },
  }),

  get_game: operation({
    ...anyGame,
    id: 'get_game',
    method: 'GET',
    path: '/v1/games/{id}',
    summary: 'Read a game',
    description:
      'What is shown depends on the token: everything to an administrator, to a player what its character may know, to everybody else a summary. A concluded game can still be read.',
    may: ['anyone'],
    frame: 'get_game',
    params: ofGame,
    query: getGame,
    body: null,
    answers: {
      200: gameFor('The game.', { game: examplePublicGame, view: 'public', version: 7, owner: 'm1' }),
    },
    errors: ofOneGame,
    idempotent: false,
    example: { params: { id: exampleGame }, query: { consistency: 'strong' } },
  }),

  continue_game: operation({
    ...anyGame,
    id: 'continue_game',
    method: 'POST',
    path: '/v1/games/{id}/continue',
    summary: 'Make sure that a game is alive',
    description:
      'With `game` (administrators only): begins that game, unless one with the id is alive. Without: resumes what is stored. A game that is alive stays as it is.',
    may: ['player', 'admin'],
    frame: 'continue_game',
    params: ofGame,
    query: none,
    body: continueGame,
    answers: {
      200: gameFor('It was alive.', { game: exampleAdminGame, view: 'admin', version: 7, owner: 'm1' }),
      201: gameFor('This very request began it.', { game: exampleAdminGame, view: 'admin', version: 1, owner: 'm1' }),
    },
    errors: ofCommand,
    idempotent: true,
    example: {
      params: { id: exampleGame },
      query: {},
      body: { game: { id: exampleGame, roundEndTime: '2030-01-31T12:00:00Z' } },
    },
  }),

  get_location: operation({
    ...anyGame,
    id: 'get_location',
    method: 'GET',
    path: '/v1/games/{id}/location',
    summary: 'Where a game lives',
    description:
      'As far as this member knows. Any member answers for any game, so clients never need it; it is for looking.',
    may: ['anyone'],
    frame: null,
    params: ofGame,
    query: none,
    body: null,
    answers: {
      200: {
        description: 'The slot of the game and its owner. Says nothing of whether there is such a game.',
        schema: z
          .object({
            gameId,
            slot: z.int().min(0),
            owner: memberOrNull('The member that owns the slot; null if none does.'),
            desiredOwner: memberOrNull('The member that should own it.'),
            epoch: z.int().min(0).meta({ description: 'One more at every change of owner.' }),
            acquired: z.string().nullable().meta({
              description:
                'How the newest owner came by the slot: `initial`, `takeover`, `handoff`, `retake`. Null: nobody ever owned it.',
            }),
            previousOwner: memberOrNull(
              'From whom; where nobody owns the slot, who did last. Null: nobody, or it is not known.',
            ),
            ownedSince: z.string().nullable().meta({ description: 'RFC 3339. Null: not known.' }),
          })
          .meta({ id: 'Location' }),
        example: {
          gameId: exampleGame,
          slot: 7,
          owner: 'm1',
          desiredOwner: 'm1',
          epoch: 3,
          acquired: 'takeover',
          previousOwner: 'm2',
          ownedSince: exampleTime,
        },
      },
    },
    errors: ['bad_request', ...withToken],
    idempotent: false,
    example: { params: { id: exampleGame }, query: {} },
  }),
} as const;
