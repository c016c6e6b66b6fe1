/**
 * Frames of the subprotocol `minotaur.v1`, as schemas.
 *
 * Role: what a client sends and what it gets; a frame's body meets the same schemas as the request over REST that does the same.
 */
import { z } from 'zod';
import { errorCodes } from '../../errors.ts';
import type { FrameType } from './operation.ts';
import { must, serverTime, version } from './schemas.ts';
import { commitRound, continueGame, getGame, registerAction, retractAction } from './schemas-commands.ts';
import { gameEvent } from './schemas-events.ts';
import { adminGame, playerGame, presentPlayers, publicGame, spectators } from './schemas-game.ts';

export const subprotocol = 'minotaur.v1';

/** 1 to 128 printable ASCII characters. */
export const idempotencyKey = z
  .string({ error: must('a string') })
  .regex(/^[\x20-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters')
  .meta({
    description:
      'Makes repeating safe: with the same key, by the same client, to the same game, the command is applied once and gets the first answer. Use a new random key for each command, and never run more than 48 commands ahead of the oldest unanswered one.',
    examples: ['01JZ7Q4T5N8M6W2R3X9Y0V1B4C'],
  });

/** What the body of a frame says: all that its operation takes besides the game. */
export const frameBodies = {
  get_game: getGame,
  continue_game: continueGame,
  register_action: registerAction,
  retract_action: retractAction,
  commit_round: commitRound,
} as const satisfies Record<FrameType, z.ZodType>;

const ref = z
  .union([z.string().max(64), z.number()])
  .meta({ description: "The client's name for the frame: its reply carries the same one.", examples: [1] });

const ofClient = <Type extends string>(type: Type) => ({ ref, type: z.literal(type) });

const request = <Type extends FrameType, Body extends z.ZodType>(type: Type, body: Body) =>
  z.object({ ...ofClient(type), body: body.safeParse({}).success ? body.optional() : body });

const command = <Type extends FrameType, Body extends z.ZodType>(type: Type, body: Body) =>
  request(type, body).extend({ idempotencyKey: idempotencyKey.optional() });

/** By type. Fields that are not known are ignored. */
export const clientFrames = {
  get_game: request('get_game', frameBodies.get_game).meta({ id: 'GetGameFrame' }),
  continue_game: command('continue_game', frameBodies.continue_game).meta({ id: 'ContinueGameFrame' }),
  register_action: command('register_action', frameBodies.register_action).meta({ id: 'RegisterActionFrame' }),
  retract_action: command('retract_action', frameBodies.retract_action).meta({ id: 'RetractActionFrame' }),
  commit_round: command('commit_round', frameBodies.commit_round).meta({ id: 'CommitRoundFrame' }),
  ping: z.object(ofClient('ping')).meta({ id: 'PingFrame' }),
} as const satisfies Record<FrameType | 'ping', z.ZodType>;

export const problemSchema = z
  .object({
    type: z
      .string()
      .meta({ description: '`urn:minotaur:problem:<code>`.', examples: ['urn:minotaur:problem:round_over'] }),
    title: z.string().meta({ description: 'The same for every problem with this code.' }),
    status: z.int().min(400).max(599),
    code: z.enum(errorCodes).meta({ description: 'What clients act on.' }),
    detail: z.string().meta({ description: 'For people; may change.' }),
    reason: z.string().optional().meta({ description: 'With `action_refused` only: the code of the game for it.' }),
    requestId: z
      .string()
      .optional()
      .meta({
        description: 'With status 500 and above only: what operators find the request by in the logs of the server.',
        examples: ['Zk3v9QmT0aLr5XwB'],
      }),
    outcome: z.enum(['unknown', 'notApplied']).optional().meta({
      description:
        'With status 503 only. `notApplied`: the command was certainly not applied. `unknown`: it may have been; send it again with the same key.',
    }),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457).' });

const replyBase = { type: z.literal('reply'), serverTime, ref };

const reply = z
  .discriminatedUnion('ok', [
    z.object({
      ...replyBase,
      ok: z.literal(true),
      status: z.int().min(200).max(299),
      body: z
        .record(z.string(), z.unknown())
        .meta({ description: 'As the operation answers over REST; `{}` where that has no body.' }),
    }),
    z.object({ ...replyBase, ok: z.literal(false), status: z.int().min(400).max(599), problem: problemSchema }),
  ])
  .meta({
    id: 'ReplyFrame',
    description: 'Exactly one for every frame of the client, after what it asked for was committed.',
  });

const gameBase = {
  type: z.literal('game'),
  serverTime,
  version,
  reset: z.literal(true).optional().meta({
    description:
      'Versions start over with this one: the game was put back to an older state (NATS lost writes, or was restored). What the client had of it does not count any more.',
  }),
};

/** By type. More types may come: clients ignore those that they do not know. */
export const serverFrames = {
  reply,
  game: z
    .discriminatedUnion('view', [
      z.object({ ...gameBase, game: adminGame, view: z.literal('admin') }),
      z.object({ ...gameBase, game: playerGame, view: z.literal('player') }),
      z.object({ ...gameBase, game: publicGame, view: z.literal('public') }),
    ])
    .meta({
      id: 'GameFrame',
      description:
        'The whole game, on connecting and after commits that show this viewer something new. Versions only rise, unless one is marked `reset`, and may jump: a slow reader gets the newest.',
    }),
  events: z
    .object({
      type: z.literal('events'),
      serverTime,
      events: z.array(gameEvent),
      reset: z.literal(true).optional().meta({
        description:
          'Events start over with the first of these, as without `after`: the game was put back to an older state. Those that the client had do not count any more.',
      }),
    })
    .meta({
      id: 'EventsFrame',
      description: 'What happened, without a gap in `seq`; before the game frame of the same change.',
    }),
  presence: z
    .object({
      type: z.literal('presence'),
      serverTime,
      players: presentPlayers.meta({
        description:
          'By id, who has a socket or a stream open at any member, or had one lately. Whoever is not there is not known to be connected. The public is told of none.',
      }),
      spectators,
    })
    .meta({
      id: 'PresenceFrame',
      description:
        'Who follows the game: after the first game, and when it changed, once a second at most. A member that died is noticed after 15 s.',
    }),
  reconnect: z.object({ type: z.literal('reconnect'), serverTime }).meta({
    id: 'ReconnectFrame',
    description: 'This member leaves: connect again, to any, with `since` and `after`.',
  }),
} as const;
