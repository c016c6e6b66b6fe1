/**
 * What is told of the games in the slots that are held: how many there are, and which.
 *
 * Invariant: of a slot whose games are not all known as they are, or that is being handed over, no list is told.
 */
import { roundEndOf } from '../../session/snapshot.ts';
import type { ListedGame } from '../contract/rpc.ts';
import { firstGames, type IndexQuery } from './session-index.ts';
import type { SlotSessions } from './slot-sessions.ts';

type Held = Iterable<Pick<SlotSessions<unknown>, 'slot' | 'index' | 'listed' | 'hasDoubts' | 'isFrozen'>>;

export function countSessions(held: Held): number {
  let count = 0;
  for (const { index } of held) count += index.size;
  return count;
}

/** Of slots that were taken: those that have yet to be claimed. */
export function countClaims(held: Iterable<Pick<SlotSessions<unknown>, 'unclaimed'>>): number {
  let count = 0;
  for (const { unclaimed } of held) count += unclaimed;
  return count;
}

/** How many there are of each status, and `suspended`. */
export function countGames(held: Held): ReadonlyMap<string, number> {
  const counts = new Map([
    ['lobby', 0],
    ['active', 0],
    ['suspended', 0],
  ]);
  for (const { index } of held) index.addCounts(counts);
  return counts;
}

/** The first committed sessions in order of id, and the slots for which that is all there is. */
export function pageOf(
  held: Held,
  { limit, ...query }: IndexQuery & { readonly limit: number },
): { slots: number[]; games: ListedGame[] } {
  const complete = [...held].filter(({ listed, hasDoubts, isFrozen }) => listed && !hasDoubts && !isFrozen);
  const indexes = complete.map(({ index }) => index);
  const games = firstGames(indexes, query, limit).map(({ gameId, listing }) => {
    const endsAt = roundEndOf(listing);
    const roundEndTime = endsAt === null ? null : new Date(endsAt).toISOString();
    const { status, listed, suspended, playedAt, lobby } = listing;
    return { id: gameId, status, roundEndTime, listed, suspended, playedAt, ...(lobby && { lobby }) };
  });
  return { slots: complete.map(({ slot }) => slot), games };
}
