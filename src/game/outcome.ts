/**
 * The two ways in which a command ends: applied or rejected.
 *
 * Role: short constructors, and the list of codes with which the rules reject (each one is a code of the wire contract).
 */
import type { Applied, Rejected, RoundRecord } from '../session/rules.ts';
import type { GameState } from './state.ts';

type RejectionCode =
  | 'bad_request'
  | 'forbidden'
  | 'host_present'
  | 'player_not_found'
  | 'action_not_found'
  | 'key_reused'
  | 'key_expired'
  | 'game_started'
  | 'kept_out'
  | 'lobby_locked'
  | 'game_full'
  | 'name_taken'
  | 'not_enough_players'
  | 'round_over'
  | 'game_concluded'
  | 'game_not_active'
  | 'no_action_points'
  | 'game_too_large';

export function applied(state: GameState, record?: RoundRecord): Applied<GameState> {
  return record === undefined ? { kind: 'applied', state } : { kind: 'applied', state, record };
}

export function rejected(code: RejectionCode, detail: string): Rejected {
  return { kind: 'rejected', code, detail };
}
