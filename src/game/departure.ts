/**
 * Leaving a game, of one's own will or not, and what becomes of the game.
 *
 * Role: takes a seat away with all that hangs on it.
 * Invariants:
 *  - Nothing of who left stays in the running round: no action, no commit, no token that holds.
 *  - Those who remain never wait for who left; a game that nobody can go on with is over at once.
 */
import type { RuleContext, RuleOutcome } from '../session/rules.ts';
import { noSuchPlayer, refuseConcluded } from './admission.ts';
import type { GameCommand } from './commands.ts';
import { append } from './events.ts';
import { keptOut } from './kicks.ts';
import { applied } from './outcome.ts';
import { playerOf } from './players.ts';
import { conclude, desert, endIfAllAreDone } from './rounds.ts';
import { hasSeat, vacate } from './seats.ts';
import type { GameState } from './state.ts';

type Leave = Extract<GameCommand, { type: 'leave' }>;

/** Rejects with `game_concluded` or `player_not_found`. A host who does not play may leave as well. */
export function leave(state: GameState, command: Leave, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  if (!hasSeat(state, command.playerId)) return noSuchPlayer();
  const left = command.kicked ? keptOut(state, command.playerId, context.now) : state;
  return state.status === 'lobby' ? leaveLobby(left, command, context) : leaveGame(left, command, context);
}

function leaveLobby(state: GameState, { playerId }: Leave, context: RuleContext): RuleOutcome<GameState> {
  const left = vacate(state, playerId, context.now);
  return applied(left.host === null && isDeserted(left) ? conclude(left, context) : left);
}

function leaveGame(state: GameState, command: Leave, context: RuleContext): RuleOutcome<GameState> {
  const { playerId, kicked } = command;
  if (playerOf(state, playerId) === undefined) return applied(vacate(state, playerId, context.now));
  const happening = { type: 'player_left', playerId, reason: kicked ? 'kicked' : 'left' } as const;
  const told = { ...state, events: append(state.events, happening, state.round, context.now) };
  const left = withoutTurn(vacate(told, playerId, context.now), playerId);
  return isDeserted(left) ? desert(left, context) : endIfAllAreDone(left, context);
}

function isDeserted(state: GameState): boolean {
  return Object.keys(state.players ?? {}).length === 0;
}

function withoutTurn(state: GameState, playerId: string): GameState {
  const { [playerId]: _, ...registeredActions } = state.registeredActions;
  return { ...state, registeredActions, committed: state.committed.filter((id) => id !== playerId) };
}
