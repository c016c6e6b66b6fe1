/**
 * The table, part two: the lobby and its seats.
 */
import { z } from 'zod';
import { ada, bob, done, exampleGame, exampleToken, ofCommand, versioned } from './answers.ts';
import { operation } from './operation.ts';
import { gameId, jsonObject, must, none, ofGame, ofPlayer, playerId, token, version } from './schemas.ts';
import { takeHost } from './schemas-commands.ts';
import { changedSettings, newName } from './schemas-game.ts';

const lobby = { tag: 'lobby', opsOnly: false, frame: null, query: none, idempotent: true } as const;

const seat = z
  .object({ playerId, token, version })
  .meta({ id: 'Seat', description: 'A seat in a game, and the token of who sits there.' });

/** What a join by code and a rematch give. */
export const seatInGame = seat
  .extend({ gameId })
  .meta({ id: 'SeatByCode', description: 'A seat, and the game that it is in.' });

export const lobbyOperations = {
  join_game: operation({
    ...lobby,
    id: 'join_game',
    method: 'POST',
    path: '/v1/games/{id}/players',
    summary: 'Join a lobby',
    description:
      'With an `Idempotency-Key` a repetition within an hour gets the same seat, and a token for it: use random keys, and keep them secret.',
    may: ['anyone'],
    params: ofGame,
    body: z.object({ displayName: newName }).meta({ id: 'JoinGame' }),
    answers: {
      201: {
        description: 'Joined.',
        schema: seat,
        example: { playerId: bob, token: exampleToken, version: 2 },
        located: true,
      },
    },
    errors: [...ofCommand, 'key_expired', 'game_started', 'kept_out', 'lobby_locked', 'game_full', 'name_taken'],
    example: { params: { id: exampleGame }, query: {}, body: { displayName: 'Bob' } },
  }),

  join_by_code: operation({
    ...lobby,
    id: 'join_by_code',
    method: 'POST',
    path: '/v1/join',
    summary: 'Join a lobby by its code, as somebody typed it',
    description:
      'As `join_game`. The code is the id of the game; its case, dashes and spaces do not matter, O means 0, and I and L mean 1. The answer says which game it was.',
    may: ['anyone'],
    params: none,
    body: z
      .object({
        code: z
          .string({ error: must('a string') })
          .min(1, 'must be 1 to 64 characters')
          .max(64, 'must be 1 to 64 characters')
          .meta({ description: 'The code of the game, as it was typed.', examples: ['7zk3-moqd'] }),
        displayName: newName,
      })
      .meta({ id: 'JoinByCode' }),
    answers: {
      201: {
        description: 'Joined.',
        schema: seatInGame,
        example: { gameId: exampleGame, playerId: bob, token: exampleToken, version: 2 },
        located: true,
      },
    },
    errors: [...ofCommand, 'key_expired', 'game_started', 'kept_out', 'lobby_locked', 'game_full', 'name_taken'],
    example: { params: {}, query: {}, body: { code: '7zk3-moqd', displayName: 'Bob' } },
  }),

  set_ready: operation({
    ...lobby,
    id: 'set_ready',
    method: 'POST',
    path: '/v1/games/{id}/players/{playerId}/ready',
    summary: 'Say that a player is ready',
    description: 'Others see it. The host may start without it.',
    may: ['self', 'admin'],
    params: ofPlayer,
    body: z
      .object({
        ready: z
          .boolean({ error: must('true or false') })
          .default(true)
          .meta({ description: 'False takes it back.' }),
      })
      .meta({ id: 'SetReady' }),
    answers: { 200: versioned },
    errors: [...ofCommand, 'player_not_found', 'game_started'],
    example: { params: { id: exampleGame, playerId: bob }, query: {}, body: { ready: true } },
  }),

  leave_game: operation({
    ...lobby,
    id: 'leave_game',
    method: 'DELETE',
    path: '/v1/games/{id}/players/{playerId}',
    summary: 'Leave a game, or send a player away',
    description:
      'The player is gone, with its actions, and its tokens hold no more. If it was the host, whoever joined first is the host now. A game that everybody left is concluded. Whoever was sent away by somebody else is told so (`kicked`), and stays out for ten minutes: neither its key nor the address that it joined from can join (`kept_out`).',
    may: ['self', 'host', 'admin'],
    params: ofPlayer,
    body: null,
    answers: { 204: done },
    errors: [...ofCommand, 'player_not_found'],
    example: { params: { id: exampleGame, playerId: bob }, query: {} },
  }),

  renew_token: operation({
    ...lobby,
    id: 'renew_token',
    method: 'POST',
    path: '/v1/games/{id}/players/{playerId}/token',
    summary: 'A fresh token for a player',
    description:
      'The tokens that it had before hold no more, and sockets that were opened with one are closed. The host gives one to a player who lost its own, and passes it on; everybody is told that (`token_given`).',
    may: ['self', 'host', 'admin'],
    params: ofPlayer,
    body: null,
    answers: {
      200: {
        description: 'Only the new token holds.',
        schema: seat,
        example: { playerId: ada, token: exampleToken, version: 5 },
      },
    },
    errors: [...ofCommand, 'player_not_found'],
    example: { params: { id: exampleGame, playerId: ada }, query: {} },
  }),

  take_host: operation({
    ...lobby,
    id: 'take_host',
    method: 'POST',
    path: '/v1/games/{id}/host',
    summary: 'Take the hosting over',
    description:
      'For a game whose host is gone, in the lobby or while it runs: any player may host it once the host has sent nothing for two minutes (`host_present` before). Reads count, and an open socket that answers pings. After a change of the owner the two minutes begin anew. Everybody is told (`host_changed`). A host who does not play loses its seat by it. An administrator says who hosts (`playerId`), at any time.',
    may: ['self', 'admin'],
    params: ofGame,
    body: takeHost,
    answers: {
      200: {
        description: 'The player hosts the game.',
        schema: z.object({ host: playerId, version }).meta({ id: 'Hosting' }),
        example: { host: bob, version: 7 },
      },
    },
    errors: [...ofCommand, 'player_not_found', 'host_present'],
    example: { params: { id: exampleGame }, query: {}, body: { playerId: bob } },
  }),

  lock_game: operation({
    ...lobby,
    id: 'lock_game',
    method: 'POST',
    path: '/v1/games/{id}/lock',
    summary: 'Lock a lobby',
    description:
      'Nobody can join until it is unlocked (`locked: false`); those who are in stay. Everybody sees it (`game.locked`).',
    may: ['host', 'admin'],
    params: ofGame,
    body: z
      .object({
        locked: z
          .boolean({ error: must('true or false') })
          .default(true)
          .meta({ description: 'False lets players in again.' }),
      })
      .meta({ id: 'LockGame' }),
    answers: { 200: versioned },
    errors: [...ofCommand, 'game_started'],
    example: { params: { id: exampleGame }, query: {}, body: { locked: true } },
  }),

  change_settings: operation({
    ...lobby,
    id: 'change_settings',
    method: 'POST',
    path: '/v1/games/{id}/settings',
    summary: 'Change the settings of a lobby',
    description:
      'Before the start only. Settings that are given change, the others stay; everybody sees them (`game.settings`). `bots` adds bots and takes them away: `game.bots` says how many of them there is room for. Whoever is ready stays so. What only an administrator may ask for when a game is created is so here, too.',
    may: ['host', 'admin'],
    params: ofGame,
    body: z.object({ settings: jsonObject(changedSettings) }).meta({ id: 'ChangeSettings' }),
    answers: { 200: versioned },
    errors: [...ofCommand, 'game_started', 'seats_taken'],
    example: { params: { id: exampleGame }, query: {}, body: { settings: { maxPlayers: 4, bots: 1 } } },
  }),

  start_game: operation({
    ...lobby,
    id: 'start_game',
    method: 'POST',
    path: '/v1/games/{id}/start',
    summary: 'Start a game',
    description:
      "The lobby closes and the first round begins. Where somebody without an administrator's token asked for rounds below 5 s, or for rounds that end for ever (`idleRounds` 0), only an administrator may start the game (`forbidden`).",
    may: ['host', 'admin'],
    params: ofGame,
    body: null,
    answers: {
      200: {
        description: 'The round that began.',
        schema: z.object({ round: z.int().min(1), version }).meta({ id: 'RoundBegun' }),
        example: { round: 1, version: 6 },
      },
    },
    errors: [...ofCommand, 'game_started', 'not_enough_players'],
    example: { params: { id: exampleGame }, query: {} },
  }),
} as const;
