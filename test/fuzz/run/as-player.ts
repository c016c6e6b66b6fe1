/**
 * What a client of the game would do, from what a player was shown.
 *
 * Role: moves of any game, for the stage and for the control client. A game that does not say what is legal gets none: its rounds end
 * because all are done.
 */
import type { GivenAction, LoadedGame } from '../../../src/game/loaded-game.ts';
import type { Seat } from '../../../src/game/module.ts';
import { settingsFor } from '../../../src/game/play.ts';

/** A legal action of this player in the running round; null: it is not its turn, or it has none. `game`: as this player is shown it. */
// biome-ignore lint/suspicious/noExplicitAny: an answer, as documented.
export function legalAction(module: LoadedGame, game: any, playerId: string): GivenAction | null {
  if (!game.turn.players.includes(playerId)) return null;
  const players: readonly Seat[] = Object.values(game.players);
  const settings = settingsFor(module, game.settings);
  const at = { round: game.round, settings, players, own: game.registeredActions[playerId] ?? [] };
  const legal = (module.legal?.(game.world, playerId, at) ?? []) as readonly GivenAction[];
  return legal[game.round % legal.length] ?? null;
}
