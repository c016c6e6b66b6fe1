/**
 * Which games of one slot are alive, in order of their ids and apart by what a list can be asked for.
 *
 * Role: lets a page of games cost what the page costs, however many games there are. Pure: whoever changes what is known of a game tells it.
 * Invariants:
 *  - A game that is alive stands on exactly one shelf, that of its last listing; any other game stands on none.
 *  - A query names shelves by their label alone: what everybody may ask for has to be part of the label.
 */
import type { Listing } from '../../session/snapshot.ts';
import { hasFreeSeats, type ListFilter, matches } from '../contract/list-filter.ts';
import { Heap, type HeapItem } from '../kit/heap.ts';
import { type IdCursor, SortedIds } from './sorted-ids.ts';

export interface IndexQuery extends ListFilter {
  /** Null: any. */
  readonly status: string | null;
  /** Only games that everybody may see. */
  readonly listedOnly: boolean;
  /** Games with ids above this; null: all. */
  readonly cursor: string | null;
}

export interface IndexedGame {
  readonly gameId: string;
  readonly listing: Listing;
}

/** `free`: it takes somebody in. */
type Label = Pick<Listing, 'status' | 'listed' | 'suspended'> & { readonly free: boolean };

interface Shelf extends Label {
  readonly ids: SortedIds;
}

interface Stream extends HeapItem {
  readonly ids: IdCursor;
  readonly listings: ReadonlyMap<string, Listing>;
}

export class SessionIndex {
  private readonly listings = new Map<string, Listing>();
  private readonly shelves = new Map<string, Shelf>();

  /** How many games are alive. */
  get size(): number {
    return this.listings.size;
  }

  /** What is known of a game now; null: it is not alive. */
  set(gameId: string, listing: Listing | null): void {
    const before = this.listings.get(gameId);
    const isMoved = before === undefined || listing === null || nameOf(labelOf(before)) !== nameOf(labelOf(listing));
    if (before !== undefined && isMoved) this.shelfOf(before).ids.remove(gameId);
    if (listing === null) {
      this.listings.delete(gameId);
      return;
    }
    this.listings.set(gameId, listing);
    if (isMoved) this.shelfOf(listing).ids.add(gameId);
  }

  clear(): void {
    this.listings.clear();
    this.shelves.clear();
  }

  /** Adds how many games there are of each status; those whose clock is suspended are apart. */
  addCounts(counts: Map<string, number>): void {
    for (const { status, suspended, ids } of this.shelves.values()) {
      const kind = suspended ? 'suspended' : status;
      counts.set(kind, (counts.get(kind) ?? 0) + ids.size);
    }
  }

  /** Adds to `found` where the games begin that match the query: one stream for each shelf, in order of ids. */
  addStreams({ status, listedOnly, suspended, seats, cursor }: IndexQuery, found: Stream[]): void {
    for (const shelf of this.shelves.values()) {
      if ((status !== null && shelf.status !== status) || (listedOnly && !shelf.listed)) continue;
      if (suspended !== undefined && shelf.suspended !== suspended) continue;
      if (seats === 'free' && !shelf.free) continue;
      const ids = shelf.ids.after(cursor);
      if (ids.id !== undefined) found.push({ ids, listings: this.listings, place: -1, order: 0 });
    }
  }

  private shelfOf(listing: Listing): Shelf {
    const label = labelOf(listing);
    const name = nameOf(label);
    const shelf = this.shelves.get(name) ?? { ...label, ids: new SortedIds() };
    this.shelves.set(name, shelf);
    return shelf;
  }
}

/**
 * The first games of all these indexes that match the query, in order of ids. Looks at little more than `limit`; if only idle ones are wanted, at all
 * that match otherwise.
 */
export function firstGames(indexes: Iterable<SessionIndex>, query: IndexQuery, limit: number): IndexedGame[] {
  const streams: Stream[] = [];
  for (const index of indexes) index.addStreams(query, streams);
  const waiting = new Heap<Stream>((one, other) => ((one.ids.id as string) < (other.ids.id as string) ? -1 : 1));
  for (const stream of streams) waiting.add(stream);
  const games: IndexedGame[] = [];
  while (games.length < limit) {
    const stream = waiting.first;
    if (stream?.ids.id === undefined) break;
    waiting.remove(stream);
    const gameId = stream.ids.id;
    const listing = stream.listings.get(gameId) as Listing;
    if (matches(listing, query)) games.push({ gameId, listing });
    stream.ids.next();
    if (stream.ids.id !== undefined) waiting.add(stream);
  }
  return games;
}

function labelOf(listing: Listing): Label {
  const { status, listed, suspended } = listing;
  return { status, listed, suspended, free: hasFreeSeats(listing) };
}

function nameOf({ status, listed, suspended, free }: Label): string {
  return `${listed ? 'listed' : 'unlisted'} ${suspended ? 'suspended' : 'running'} ${free ? 'free' : 'full'} ${status}`;
}
