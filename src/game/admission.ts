/**
 * Who may act now: the checks that every command about the running round shares.
 *
 * Role: each answers why not, or null.
 */
import type { Rejected } from '../session/rules.ts';
import { isId } from './ids.ts';
import { rejected } from './outcome.ts';
import type { GameState } from './state.ts';

/** `round` undefined means whichever runs. */
export function refuseRound(state: GameState, round: number | undefined): Rejected | null {
  if (state.status === 'lobby') return rejected('game_not_active', 'The game has not started.');
  if (state.status === 'concluded') return rejected('game_concluded', 'The game is concluded.');
  if (round === undefined || round === state.round) return null;
  return rejected('round_over', `The round that runs is ${state.round}.`);
}

/** In a bare session anybody may act, as long as no more than `maxPlayers` do so in one round. */
export function refusePlayer(state: GameState, playerId: string): Rejected | null {
  if (!isId(playerId)) return rejected('bad_request', 'playerId: is not an id.');
  if (state.players !== null) {
    if (Object.hasOwn(state.players, playerId)) return null;
    return rejected('player_not_found', 'playerId: no such player is in this game.');
  }
  if (Object.hasOwn(state.registeredActions, playerId) || state.committed.includes(playerId)) return null;
  const { maxPlayers } = state.settings;
  const acting = new Set([...Object.keys(state.registeredActions), ...state.committed]);
  if (acting.size < maxPlayers) return null;
  return rejected('game_too_large', `At most ${maxPlayers} players may act in one round of this game.`);
}

/** A player who has committed the round is done with it, in either direction; there is no way back. */
export function refuseCommitted(state: GameState, playerId: string): Rejected | null {
  if (!state.committed.includes(playerId)) return null;
  return rejected('round_over', `The player has committed round ${state.round}.`);
}
