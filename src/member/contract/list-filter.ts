/**
 * What can be asked of a list of games beyond their status: by administrators, but for free seats.
 *
 * Role: one test for owners, who filter what they tell, and for the gateway, which looks again: an owner of an older version filters nothing.
 * Invariant: a game of which nobody knows when it was played last is never idle: what is erased by this must be known to be.
 */
import type { Lobby } from '../../session/rules.ts';

export interface ListFilter {
  /** Only games whose clock is suspended, or only others. */
  readonly suspended?: boolean | undefined;
  /** Only games that nobody has played since, wall ms. */
  readonly idleSince?: number | undefined;
  /** `free`: only lobbies that take somebody in. */
  readonly seats?: 'free' | undefined;
}

/** As told by any member: one of an older version tells neither. */
interface Told {
  readonly suspended?: boolean | undefined;
  readonly playedAt?: number | null | undefined;
  readonly lobby?: Lobby | undefined;
}

export function matches(game: Told, { suspended, idleSince, seats }: ListFilter): boolean {
  if (seats === 'free' && !hasFreeSeats(game)) return false;
  if (suspended !== undefined && (game.suspended ?? false) !== suspended) return false;
  return idleSince === undefined || isIdle(game, idleSince);
}

export function hasFreeSeats({ lobby }: Told): boolean {
  return lobby !== undefined && lobby.seatsLeft > 0;
}

/** Nobody has played it since then. */
export function isIdle({ playedAt = null }: Told, since: number): boolean {
  return playedAt !== null && playedAt < since;
}
