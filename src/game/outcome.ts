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
  | 'seats_taken'
  | 'name_taken'
  | 'not_enough_players'
  | 'round_over'
  | 'game_concluded'
  | 'game_not_active'
  | 'no_action_points'
  | 'not_your_turn'
  | 'actions_final'
  | 'action_refused'
  | 'rule_failed'
  | 'game_too_large';

export function applied(state: GameState, record?: RoundRecord): Applied<GameState> {
  return record === undefined ? { kind: 'applied', state } : { kind: 'applied', state, record };
}

/** What is said to a client whose command the game failed on: the rest is for the log. */
export function failed(): Rejected {
  return rejected('rule_failed', 'The game failed on this command. It was not applied, and the operator can read why.');
}

export function rejected(code: RejectionCode, detail: string): Rejected {
  return { kind: 'rejected', code, detail };
}
