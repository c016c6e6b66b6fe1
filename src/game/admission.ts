/**
 * Who may act now: the checks that commands share.
 *
 * Role: each answers why not, or null.
 */
import type { Rejected } from '../session/rules.ts';
import { isId } from './ids.ts';
import { rejected } from './outcome.ts';
import type { GameState } from './state.ts';

/** A concluded game takes no command at all. */
export function refuseConcluded(state: GameState): Rejected | null {
  return state.status === 'concluded' ? rejected('game_concluded', 'The game is concluded.') : null;
}

/** Who plays, and how, is settled before the first round. */
export function refuseOutsideLobby(state: GameState): Rejected | null {
  if (state.status === 'active') return rejected('game_started', 'The game has started.');
  return refuseConcluded(state);
}

/** `round` undefined means whichever runs. */
export function refuseRound(state: GameState, round: number | undefined): Rejected | null {
  if (state.status === 'lobby') return rejected('game_not_active', 'The game has not started.');
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  if (round === undefined || round === state.round) return null;
  return rejected('round_over', `The round that runs is ${state.round}.`);
}

/** In a bare session anybody may act, as long as no more than `maxPlayers` do so in one round. */
export function refusePlayer(state: GameState, playerId: string): Rejected | null {
  if (!isId(playerId)) return rejected('bad_request', 'playerId: is not an id.');
  if (state.players !== null) {
    return Object.hasOwn(state.players, playerId) ? null : noSuchPlayer();
  }
  if (Object.hasOwn(state.registeredActions, playerId) || state.committed.includes(playerId)) return null;
  const { maxPlayers } = state.settings;
  const acting = new Set([...Object.keys(state.registeredActions), ...state.committed]);
  if (acting.size < maxPlayers) return null;
  return rejected('game_too_large', `At most ${maxPlayers} players may act in one round of this game.`);
}

export function noSuchPlayer(): Rejected {
  return rejected('player_not_found', 'playerId: no such player is in this game.');
}

/** A player who has committed the round is done with it, in either direction; there is no way back. */
export function refuseCommitted(state: GameState, playerId: string): Rejected | null {
  if (!state.committed.includes(playerId)) return null;
  return rejected('round_over', `The player has committed round ${state.round}.`);
}
