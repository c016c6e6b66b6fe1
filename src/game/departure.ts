/**
 * Leaving a game, of one's own will or not, and what becomes of the game.
 *
 * Role: takes a seat away with all that hangs on it.
 * Invariants:
 *  - Nothing of who left stays in the running round: no action, no commit, no token that holds.
 *  - Those who remain never wait for who left; a game that nobody can go on with is over at once.
 */
import type { RuleOutcome } from '../session/rules.ts';
import { noSuchPlayer, refuseConcluded } from './admission.ts';
import type { GameCommand } from './commands.ts';
import type { GameContext } from './context.ts';
import { append } from './events.ts';
import { keptOut } from './kicks.ts';
import { applied } from './outcome.ts';
import { playerOf } from './players.ts';
import { conclude, desert, endIfAllAreDone } from './rounds.ts';
import { hasSeat, vacate } from './seats.ts';
import type { GameState } from './state.ts';

type Leave = Extract<GameCommand, { type: 'leave' }>;

/** Rejects with `game_concluded` or `player_not_found`. A host who does not play may leave as well. */
export function leave(state: GameState, command: Leave, context: GameContext): RuleOutcome<GameState> {
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  if (!hasSeat(state, command.playerId)) return noSuchPlayer();
  const left = command.kicked ? keptOut(state, command.playerId, context.now) : state;
  return state.status === 'lobby' ? leaveLobby(left, command, context) : leaveGame(left, command, context);
}

function leaveLobby(state: GameState, { playerId }: Leave, context: GameContext): RuleOutcome<GameState> {
  const left = vacate(state, playerId, context.now);
  return applied(left.host === null && isDeserted(left) ? conclude(left, context) : left);
}

function leaveGame(state: GameState, command: Leave, context: GameContext): RuleOutcome<GameState> {
  const { playerId, kicked } = command;
  if (playerOf(state, playerId) === undefined) return applied(vacate(state, playerId, context.now));
  const happening = { type: 'player_left', playerId, reason: kicked ? 'kicked' : 'left' } as const;
  const told = { ...state, events: append(state.events, happening, state.round, context.now) };
  const left = withoutTurn(vacate(withLeaver(told, playerId), playerId, context.now), playerId);
  if (isDeserted(left)) return desert(left, context);
  const ended = endIfAllAreDone(left, context);
  // Whoever wants to leave leaves, even if the game fails on the end of the round that follows from it.
  return ended.kind === 'applied' ? ended : applied(left);
}

/** In a world the seat of who left stays. */
function withLeaver(state: GameState, playerId: string): GameState {
  const { play } = state;
  const player = playerOf(state, playerId);
  if (play === null || player === undefined) return state;
  return { ...state, play: { ...play, left: { ...play.left, [playerId]: player } } };
}

function isDeserted({ players, play }: GameState): boolean {
  return Object.keys(players ?? {}).every((id) => play?.bots.includes(id));
}

function withoutTurn(state: GameState, playerId: string): GameState {
  const { [playerId]: _, ...registeredActions } = state.registeredActions;
  return { ...state, registeredActions, committed: state.committed.filter((id) => id !== playerId) };
}
