/**
 * Games that nobody comes back to.
 *
 * Role: when a lobby or a game at rest is given up, and how it ends.
 * Why there is an end: what one may open without a token must not stay for ever. A concluded game leaves the owner and ages out of the archive.
 * Invariants:
 *  - A running clock is never cut off: only lobbies and suspended games are given up.
 *  - What a document brought waits for as long as it takes, unless it comes to rest by its own settings; a bare session is
 *    never over, even at rest.
 */
import type { RuleContext, RuleOutcome } from '../session/rules.ts';
import { refuseConcluded } from './admission.ts';
import { applied, rejected } from './outcome.ts';
import { conclude, desert } from './rounds.ts';
import type { GameState } from './state.ts';

export const DAY_MS = 86_400_000;
/** How long a lobby waits for its next player. */
const LOBBY_MS = DAY_MS;

/** When it is given up, ms since the epoch; null: never, or nobody knows since when it waits. */
export function givenUpAt(state: GameState, abandonMs: number): number | null {
  const { suspendedAt, status, creator, played, players } = state;
  if (players === null) return null;
  if (suspendedAt !== null) return suspendedAt + abandonMs;
  const waits = status === 'lobby' && creator !== null;
  return waits && played.at !== null ? played.at + LOBBY_MS : null;
}

/** Ends the game, and the round that waits for somebody. Rejects with `game_concluded` or (bare) `game_not_active`. */
export function giveUp(state: GameState, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  if (state.players === null) return rejected('game_not_active', 'A bare session is never over.');
  return state.status === 'lobby' ? applied(conclude(state, context)) : desert(state, context);
}
