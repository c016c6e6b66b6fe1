/**
 * What happened in a game, and the record of a round.
 */
import { z } from 'zod';
import { actionId, gameId, playerId, serverTime, time, version } from './schemas.ts';
import { outcome } from './schemas-game.ts';

const eventBase = {
  seq: z.int().min(1).meta({ description: 'Counts the events of the game from 1, without a gap.' }),
  round: z.int().min(1),
  at: time('When it happened.'),
};
const endReason = z.enum(['time', 'command', 'committed', 'abandoned', 'deserted']).meta({
  id: 'EndReason',
  description:
    'Its time came (`time`); an administrator said so; everybody was done (`committed`); ending it properly failed (`abandoned`); nobody was left to play it, or came back (`deserted`).',
});

const platformEvent = z.discriminatedUnion('type', [
  z.object({ ...eventBase, type: z.literal('game_started') }),
  z.object({ ...eventBase, type: z.literal('round_started') }),
  z.object({ ...eventBase, type: z.literal('clock_suspended') }).meta({
    description: 'Nobody played for `settings.idleRounds` rounds: the round has no end until somebody does.',
  }),
  z
    .object({ ...eventBase, type: z.literal('clock_resumed') })
    .meta({ description: 'Somebody played again: the whole time of the round begins.' }),
  z.object({ ...eventBase, type: z.literal('round_ended'), reason: endReason }),
  z.object({ ...eventBase, type: z.literal('player_left'), playerId, reason: z.enum(['left', 'kicked']) }),
  z
    .object({
      ...eventBase,
      type: z.literal('host_changed'),
      playerId,
      reason: z.enum(['left', 'silent', 'appointed']),
    })
    .meta({
      description:
        'This player hosts from now on: the host left, or was silent and the player took over, or an administrator said so.',
    }),
  z.object({ ...eventBase, type: z.literal('token_given'), playerId, by: z.enum(['host', 'admin']) }).meta({
    description: 'Somebody else gave this player a new token: whoever had the one before is out.',
  }),
  z.object({
    ...eventBase,
    type: z.literal('game_concluded'),
    reason: z
      .enum(['abandoned', 'finished'])
      .meta({ description: 'Nobody is left, or nobody came back; or `finished`: `outcome` says how.' }),
  }),
]);

const moduleEvent = z
  .looseObject({ ...eventBase, type: z.string() })
  .meta({ id: 'ModuleEvent', description: 'An event of the game that is played.' });

export const gameEvent = z.union([platformEvent, moduleEvent]).meta({
  id: 'GameEvent',
  description: 'Something that happened in the game. More types may come: ignore those you do not know.',
});

const takenAction = z.looseObject({ playerId, id: actionId, type: z.string() }).meta({ id: 'TakenAction' });

export const roundRecord = z
  .object({
    gameId,
    round: z.int().min(1),
    startedAtVersion: version,
    endedAt: time('When the end of the round was applied.'),
    endedAtVersion: version,
    reason: endReason,
    actions: z
      .array(takenAction)
      .meta({ description: 'In the order in which they were carried out; a player sees only its own.' }),
    events: z.array(gameEvent),
    from: z.int().min(1).meta({ description: '`seq` of the first event that this viewer may know, or would be.' }),
    through: z.int().min(0).meta({ description: '`seq` of the last event that this viewer knows of up to the end.' }),
    outcome: outcome.optional(),
    serverTime,
  })
  .meta({ id: 'RoundRecord', description: 'A finished round, for replay.' });
