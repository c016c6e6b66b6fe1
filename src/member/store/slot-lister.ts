/**
 * Lists the sessions of slots: after a takeover or a restart, everything that is stored in them.
 */
import type { Bucket } from '../../ports/store.ts';
import { type Listing, parseListing } from '../../session/snapshot.ts';
import { type ListContext, listKeys } from './key-lister.ts';

export interface StoredSession {
  readonly revision: number;
  readonly deleted: boolean;
  readonly listing: Listing;
}

/** Sessions by game id. */
export type SlotListing = ReadonlyMap<string, StoredSession>;

/** What tells of an entry whether it is a deletion marker, and how old. */
export interface Marker {
  readonly revision: number;
  readonly deleted: boolean;
  /** By the store's clock, wall ms. */
  readonly writtenAt: number;
}

/** As the store has it. */
export interface ListedSession extends StoredSession, Marker {}

/** What is stored in each slot. */
export type SlotListings = ReadonlyMap<number, ReadonlyMap<string, ListedSession>>;

export interface SlotListContext extends ListContext {
  readonly sessions: Bucket;
}

/** Everything stored in `slots`; null if writes were given up. */
export async function listSlots(context: SlotListContext, slots: readonly number[]): Promise<SlotListings | null> {
  const listed = await listKeys(context, context.sessions, slots.map(String));
  if (listed === null) return null;
  const listings = new Map<number, ReadonlyMap<string, ListedSession>>();
  for (const [slot, entries] of listed) {
    const sessions = [...entries].map(([gameId, entry]): [string, ListedSession] => {
      const { revision, deleted, headers, writtenAt } = entry;
      return [gameId, { revision, deleted, listing: parseListing(headers), writtenAt }];
    });
    listings.set(Number(slot), new Map(sessions));
  }
  return listings;
}
