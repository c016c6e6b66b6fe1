/**
 * The one interface through which a session sees the rules of its game.
 *
 * Role: keeps `session/` and `member/` free of any knowledge of the game, and the game free of clusters.
 * Invariants that an implementation keeps:
 *  - Pure: same arguments, same answer. No clock, no randomness but what the state carries. Never mutates its arguments;
 *    a state is an immutable JSON value (plain objects, arrays, strings, finite numbers, booleans, null).
 *  - `apply` may throw: the session then rejects that command and keeps the old state. `abandonRound` never throws.
 */
export interface Rules<State, Command> {
  /** The version that `apply` works on and that is written. */
  readonly stateVersion: number;

  /** A new game from a document as given to `continue_game` (already a JSON value, not yet checked). */
  create(gameId: string, document: unknown, context: RuleContext): RuleOutcome<State>;
  apply(state: State, command: Command, context: RuleContext): RuleOutcome<State>;

  /** The command that ends the running round because its time came. Applying it when the round moved on is rejected. */
  timeUp(state: State): Command;
  /** Ends the running round without its actions: what happens when ending it properly throws. */
  abandonRound(state: State, context: RuleContext): Applied<State>;
  /** When the running round ends, ms since the epoch; null if no clock runs. */
  deadline(state: State): number | null;
  /** What listings tell about the game without reading it. `status` is one word. */
  summary(state: State): { readonly status: string; readonly listed: boolean };

  /** What `viewer` may see: a JSON value. */
  view(state: State, viewer: Viewer): unknown;
  /** The answer to a command that was applied and made `version`; the same at every retry. */
  answer(command: Command, version: number): RuleAnswer;

  /** Steps between neighbouring state versions: `up[n]` turns n into n + 1, `down[n]` turns n into n - 1. */
  readonly migrations: Migrations;
  /** Checks a stored state of `stateVersion`; throws what is wrong with it. */
  parse(stored: unknown): State;
}

export interface RuleContext {
  /** Wall clock, ms since the epoch. */
  readonly now: number;
  /** The session's version once this is applied: unique within the game, so ids can be made of it. */
  readonly version: number;
}

export type RuleOutcome<State> = Applied<State> | Rejected;

export interface Applied<State> {
  readonly kind: 'applied';
  readonly state: State;
  /** Set when a round ended: written to the archive before the snapshot that refers to it. */
  readonly record?: RoundRecord;
}

export interface Rejected {
  readonly kind: 'rejected';
  /** A code of src/errors.ts. */
  readonly code: string;
  readonly detail: string;
}

export interface RoundRecord {
  readonly round: number;
  /** A JSON value. */
  readonly content: unknown;
}

export interface RuleAnswer {
  readonly status: number;
  /** A JSON value; null for an answer without a body. */
  readonly body: unknown;
}

export type Viewer = 'admin' | 'public';

export interface Migrations {
  readonly up: ReadonlyMap<number, (state: unknown) => unknown>;
  readonly down: ReadonlyMap<number, (state: unknown) => unknown>;
}
