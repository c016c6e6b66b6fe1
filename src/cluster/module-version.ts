/**
 * Which version of the module a cluster writes, and when that rises.
 *
 * Role: the decision, from what the cluster's record says and who is there.
 * Invariants:
 *  - `written` rises only to a version that is `minimum` already, and only if all who are there speak it: an older member that came before
 *    `minimum` rose is there to be seen, and one that comes later is refused.
 *  - It never falls. `minimum` falls back to it where somebody older is there after all.
 */

/** Of the module. `minimum`: who is older is not let in. `written` is at most that. */
export interface Spoken {
  readonly minimum: number;
  readonly written: number;
}

/** How long who may have come before `minimum` rose has to show: far longer than between two renewals of a member. */
export const SHOWN_MS = 5_000;

/**
 * What the record is to say next; null: what it says. `present`: the versions of all members, null where one says nothing of it.
 * `forMs`: for how long the record and the least of `present` have been what they are. `rollbackMs`: how long all have to speak a newer
 * version before the older ones are shut out; until then a deploy may be taken back.
 */
export function nextSpoken(
  { minimum, written }: Spoken,
  present: readonly (number | null)[],
  forMs: number,
  rollbackMs: number,
): Spoken | null {
  const least = leastOf(present);
  if (minimum > written) {
    if (least < minimum) return { minimum: written, written };
    return forMs < SHOWN_MS ? null : { minimum, written: minimum };
  }
  return least > written && forMs >= rollbackMs ? { minimum: least, written } : null;
}

/** 0: somebody says nothing, or nobody is there. */
export function leastOf(present: readonly (number | null)[]): number {
  return present.length === 0 ? 0 : Math.min(...present.map((version) => version ?? 0));
}
