/**
 * The table, part three: acting in a round, and what came of it.
 */
import { z } from 'zod';
import { bob, done, exampleGame, exampleTime, ofCommand, ofOneGame, versioned } from './answers.ts';
import { anyAction } from './game-schemas.ts';
import { operation } from './operation.ts';
import { actionId, fromText, none, ofAction, ofGame, ofRound, serverTime, version, whole } from './schemas.ts';
import { commitRound, registerAction, retractAction } from './schemas-commands.ts';
import { gameEvent, roundRecord } from './schemas-events.ts';

const command = { tag: 'rounds', opsOnly: false, query: none, idempotent: true } as const;
const history = { tag: 'history', opsOnly: false, frame: null, body: null, idempotent: false } as const;
const inRound = [...ofCommand, 'game_not_active', 'round_over'] as const;

const exampleEvents = [
  { seq: 1, round: 1, at: '2030-01-31T11:59:00.000Z', type: 'game_started' },
  { seq: 2, round: 1, at: '2030-01-31T11:59:00.000Z', type: 'round_started' },
  { seq: 3, round: 1, at: '2030-01-31T12:00:00.000Z', type: 'round_ended', reason: 'time' },
];

const pageSize = z
  .int({ error: 'must be a whole number' })
  .min(1, 'must be from 1 to 500')
  .max(500, 'must be from 1 to 500');

export const roundOperations = {
  register_action: operation({
    ...command,
    id: 'register_action',
    method: 'POST',
    path: '/v1/games/{id}/actions',
    summary: 'Register an action for the running round',
    description: 'It is carried out when the round ends. A player has `settings.actionPoints` of them a round.',
    may: ['self', 'admin'],
    frame: 'register_action',
    params: ofGame,
    body: registerAction,
    answers: {
      200: {
        description: 'Committed: it will be part of the round.',
        schema: z.object({ actionId, version }).meta({ id: 'ActionRegistered' }),
        example: { actionId: 'a7', version: 7 },
      },
    },
    errors: [...inRound, 'no_action_points', 'player_not_found', 'not_your_turn', 'action_refused'],
    example: {
      params: { id: exampleGame },
      query: {},
      body: { type: anyAction, round: 1, playerId: bob },
    },
  }),

  retract_action: operation({
    ...command,
    id: 'retract_action',
    method: 'DELETE',
    path: '/v1/games/{id}/actions/{actionId}',
    summary: 'Take an action back',
    description: 'As long as its round runs. Doing it again changes nothing. A player takes back its own actions only.',
    may: ['player', 'admin'],
    frame: 'retract_action',
    params: ofAction,
    body: retractAction.omit({ actionId: true }).meta({ id: 'RetractAction' }),
    answers: { 204: done },
    errors: [...inRound, 'action_not_found', 'actions_final'],
    example: { params: { id: exampleGame, actionId: 'a7' }, query: {} },
  }),

  commit_round: operation({
    ...command,
    id: 'commit_round',
    method: 'POST',
    path: '/v1/games/{id}/rounds/{round}/commit',
    summary: 'Say that a player is done with the round',
    description: 'There is no way back. When every player is done, the round ends at once.',
    may: ['self', 'admin'],
    frame: 'commit_round',
    params: ofRound,
    body: commitRound.omit({ round: true }).meta({ id: 'CommitRound' }),
    answers: { 200: versioned },
    errors: [...inRound, 'player_not_found'],
    example: { params: { id: exampleGame, round: '1' }, query: {}, body: { playerId: bob } },
  }),

  end_round: operation({
    ...command,
    id: 'end_round',
    method: 'POST',
    path: '/v1/games/{id}/rounds/{round}/end',
    summary: 'End a round now',
    description:
      'Whether or not its time has come. Two of these cannot end two rounds: the address names the one that is meant.',
    may: ['admin'],
    opsOnly: true,
    frame: null,
    params: ofRound,
    body: null,
    answers: {
      200: {
        description: 'The round that runs now.',
        schema: z.object({ round: z.int().min(1), version }).meta({ id: 'RoundEnded' }),
        example: { round: 2, version: 9 },
      },
    },
    errors: [...inRound, 'not_found'],
    example: { params: { id: exampleGame, round: '1' }, query: {} },
  }),

  get_events: operation({
    ...history,
    id: 'get_events',
    method: 'GET',
    path: '/v1/games/{id}/events',
    summary: 'What happened in a game',
    description:
      'In order, without a gap, from the one after `after` on. Events of rounds that are no longer kept are missing: `truncated` says so. If the game has no event `after` (it was put back to an older state), they come from the first one on: `reset` says so.',
    may: ['player', 'admin'],
    params: ofGame,
    query: z.object({
      after: fromText(whole.min(0, 'must be 0 or more'))
        .prefault(0)
        .meta({ description: '`seq` of the last event that the client has.' }),
      limit: fromText(pageSize).prefault(100).meta({ description: 'How many at most.' }),
    }),
    answers: {
      200: {
        description: 'The events.',
        schema: z
          .object({
            serverTime,
            events: z.array(gameEvent),
            latest: z
              .int()
              .min(0)
              .meta({ description: '`seq` of the newest event that there is; 0 if there is none.' }),
            truncated: z.boolean().meta({ description: 'Events before the first one are no longer kept.' }),
            reset: z.literal(true).optional().meta({
              description:
                'There is no event `after`: these begin with the first of the game, and what the client had does not count any more.',
            }),
          })
          .meta({ id: 'EventPage' }),
        example: { events: exampleEvents, latest: 3, truncated: false, serverTime: exampleTime },
      },
    },
    errors: [...ofOneGame, 'cluster_unavailable'],
    example: { params: { id: exampleGame }, query: { after: '0', limit: '100' } },
  }),

  get_round: operation({
    ...history,
    id: 'get_round',
    method: 'GET',
    path: '/v1/games/{id}/rounds/{round}',
    summary: 'A finished round, for replay',
    description: 'Everything to an administrator; a player sees its own actions only.',
    may: ['player', 'admin'],
    params: ofRound,
    query: none,
    answers: {
      200: {
        description: 'The record of the round.',
        schema: roundRecord,
        example: {
          gameId: exampleGame,
          round: 1,
          startedAtVersion: 6,
          endedAt: '2030-01-31T12:00:00.000Z',
          endedAtVersion: 9,
          reason: 'time',
          actions: [{ playerId: bob, id: 'a7', type: anyAction }],
          events: exampleEvents,
          from: 1,
          through: 3,
          serverTime: exampleTime,
        },
      },
    },
    errors: [...ofOneGame, 'round_not_found', 'cluster_unavailable'],
    example: { params: { id: exampleGame, round: '1' }, query: {} },
  }),
} as const;
