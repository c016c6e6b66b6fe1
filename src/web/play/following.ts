/**
 * Who follows the game just now, in words. Pure.
 *
 * Invariant: of whom nothing is known nothing is said: a member of an older version tells of nobody.
 */
import type { Presence } from '../../client/index.ts';

/** Empty: not known. */
export function followingOf(presence: Presence | null, playerId: string): string {
  const known = presence?.players[playerId];
  if (known === undefined) return '';
  return known.connected ? 'connected' : 'not connected';
}

export function followersInWords(presence: Presence | null): string {
  if (presence === null) return 'nobody tells';
  const players = Object.values(presence.players).filter(({ connected }) => connected).length;
  return `${players} of the players, ${presence.spectators} watching`;
}
