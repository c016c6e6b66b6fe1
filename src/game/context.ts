/**
 * What the rules are told besides the state and the command: what the session says of this moment, and which game is played.
 *
 * Why not part of the state: a game is code. A state only carries what that made.
 */
import type { RuleContext } from '../session/rules.ts';
import type { LoadedGame } from './loaded-game.ts';

/** Runs calls into a game so that they cannot go on for ever: throws when their time is up. */
export type Guard = <Answer>(calls: () => Answer) => Answer;

export interface GameHost {
  readonly game: LoadedGame;
  readonly guard: Guard;
  /** A game did something wrong. What that was is for operators and authors, never for players. */
  readonly faulty: (gameId: string, error: unknown) => void;
}

export interface GameContext extends RuleContext {
  readonly host: GameHost;
}
