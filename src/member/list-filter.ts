/**
 * What an administrator can ask of a list of games beyond their status.
 *
 * Role: one test for owners, who filter what they tell, and for the gateway, which looks again: an owner of an older version filters nothing.
 * Invariant: a game of which nobody knows when it was played last is never idle: what is erased by this must be known to be.
 */
export interface ListFilter {
  /** Only games whose clock is suspended, or only others. */
  readonly suspended?: boolean | undefined;
  /** Only games that nobody has played since, wall ms. */
  readonly idleSince?: number | undefined;
}

/** As told by any member: one of an older version tells neither. */
interface Told {
  readonly suspended?: boolean | undefined;
  readonly playedAt?: number | null | undefined;
}

export function matches(game: Told, { suspended, idleSince }: ListFilter): boolean {
  if (suspended !== undefined && (game.suspended ?? false) !== suspended) return false;
  return idleSince === undefined || isIdle(game, idleSince);
}

/** Nobody has played it since then. */
export function isIdle({ playedAt = null }: Told, since: number): boolean {
  return playedAt !== null && playedAt < since;
}
