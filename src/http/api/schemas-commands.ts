/**
 * Schemas of what a command says, whichever way it came.
 *
 * Role: a REST route puts what its address says (action, round) into the body first, a frame says it in its body: both meet the schemas here.
 * Why `playerId` may be absent: a player means itself; that an administrator must name one is checked where it is known who asks.
 */
import { z } from 'zod';
import { actionId, id, jsonObject, round } from './schemas.ts';
import { gameDocument } from './schemas-game.ts';

const actingPlayer = id(
  'For whom. A player may leave it out, and may name nobody else; an administrator must say it.',
  'p0',
).optional();
const duringRound = round.optional().meta({ description: 'Refused with `round_over` unless this round runs.' });

/** What every action has, whatever the game. The rest is for the game that is played to read, and to describe (game-schemas.ts). */
export const registeredFields = z.looseObject({ round: duringRound, playerId: actingPlayer });

export const registerAction = registeredFields
  .extend({ type: z.string() })
  .meta({ id: 'RegisterAction', description: 'An action for the running round: one of those of the game.' });

export const retractAction = z.object({
  actionId,
  playerId: id('Only if the action is of this player. A player means itself.', 'p0').optional(),
});

export const commitRound = z.object({ round, playerId: actingPlayer });
export const takeHost = z.object({ playerId: actingPlayer }).meta({ id: 'TakeHost' });
export const endRound = z.object({ round });

export const continueGame = z
  .object({
    game: jsonObject(gameDocument)
      .optional()
      .meta({ description: 'Begins this game if none with the id is alive. Without it, what is stored is resumed.' }),
  })
  .meta({ id: 'ContinueGame' });

const consistencies = ['strong', 'eventual'] as const;
export const getGame = z.object({
  consistency: z.enum(consistencies, { error: 'must be "strong" or "eventual"' }).optional().meta({
    description:
      '`strong` (the default) shows every command that was answered before; `eventual` answers even while the store is away.',
  }),
});
