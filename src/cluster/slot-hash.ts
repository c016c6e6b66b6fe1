/**
 * Which slot a game lives in.
 *
 * Role: the one hash of the cluster, for slots and for the ring's points.
 * Invariant: it never changes. Every stored session sits under the slot that this gave it, and all members must build the same ring.
 */

/**
 * FNV-1a with MurmurHash3's finaliser: an unsigned 32-bit integer. FNV-1a alone leaves texts that differ in their last character
 * close together, and the ring goes by distance; the finaliser makes every bit of the input reach every bit of the result.
 * Sources: Fowler, Noll, Vo (isthe.com/chongo/tech/comp/fnv); Appleby, MurmurHash3.cpp, `fmix32`. Ids are ASCII: a code unit is a byte.
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The slot of a game: 0 to `slots` - 1. */
export function slotOf(gameId: string, slots: number): number {
  return hash32(gameId) % slots;
}
