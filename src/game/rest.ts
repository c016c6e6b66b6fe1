/**
 * When a game that nobody plays comes to rest, and what wakes it.
 *
 * Role: the clock of a game, as pure decisions on the few fields that say who played last. A game that ends rounds for nobody costs the
 * cluster two writes a round, for ever; one at rest costs nothing until somebody plays.
 * Invariants:
 *  - A clock is suspended where a round ends, never within one, and only after `idleRounds` rounds in a row without a player's command.
 *  - Whoever plays finds a whole round before them: the time that was left when the clock stood still is nobody's to lose.
 */

/** What decides about the clock. */
export interface Clocked {
  readonly round: number;
  /** Ms since the epoch; null if no clock runs. */
  readonly roundEndTime: number | null;
  /** Since when (ms since the epoch) the clock of a running game stands still; null if it does not. */
  readonly suspendedAt: number | null;
  readonly played: Played;
}

/** The last command of a player. */
export interface Played {
  /** In which round it was. */
  readonly round: number;
  /** Ms since the epoch; null in games of versions that did not note it. */
  readonly at: number | null;
}

type Clock = Pick<Clocked, 'roundEndTime' | 'suspendedAt'>;

/** For how many rounds in a row, up to the one that ends now, nobody has played. */
function idleRoundsOf({ round, played }: Clocked): number {
  return round - played.round;
}

/** The clock of a round that begins at `now`, as the round of `ended` ends. `idleRounds` 0: it never stands still. */
export function nextClock(ended: Clocked, idleRounds: number, roundMs: number, now: number): Clock {
  const isUnplayed = idleRounds > 0 && idleRoundsOf(ended) >= idleRounds;
  return isUnplayed ? { roundEndTime: null, suspendedAt: now } : { roundEndTime: now + roundMs, suspendedAt: null };
}

/** The state in which a player does something at `now`: a clock that stood still begins the running round's whole time. */
export function awake<State extends Clocked>(state: State, roundMs: number, now: number): State {
  const played: Played = { round: state.round, at: now };
  if (state.suspendedAt === null) return { ...state, played };
  return { ...state, played, roundEndTime: now + roundMs, suspendedAt: null };
}
