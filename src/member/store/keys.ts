/**
 * Under which keys a game is stored: its session in the bucket of sessions, its last state and its records in the archive.
 */

/** Of its session; in the archive, of its last state. */
export function gameKey(slot: number, gameId: string): string {
  return `${slot}.${gameId}`;
}

/** Of the record of a round. */
export function recordKey(slot: number, gameId: string, round: number): string {
  return `${gameKey(slot, gameId)}.${round}`;
}
