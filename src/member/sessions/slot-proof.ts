/**
 * Whether what is known of a slot is what the store has.
 *
 * Role: an owner knows its sessions by its own writes, and the store may lose those (I9). Whoever was cut off from it, or has met one loss,
 * doubts everything until the slot is listed anew: a list tells what is stored, and what is known beyond that is lost.
 * Why: a game that nobody touches would go on from memory, or stand still, for as long as its owner lives.
 * Invariants:
 *  - A doubt that comes while the slot is listed outlasts that list.
 *  - Only what was known before the list began, and is the same after it, is taken for lost: it would have been in it.
 */

import type { SlotListing } from '../store/slot-lister.ts';
import type { Item, SessionItems } from './session-items.ts';

/** What was known when a list began. */
export interface Known {
  readonly revisions: ReadonlyMap<string, number>;
  readonly doubts: number;
}

export class SlotProof<State> {
  private readonly items: SessionItems<State>;
  private doubts = 0;
  private settled = 0;

  constructor(items: SessionItems<State>) {
    this.items = items;
  }

  get holds(): boolean {
    return this.settled === this.doubts;
  }

  doubt(): void {
    this.doubts += 1;
  }

  /** To be called before a list begins. */
  begin(): Known {
    const revisions = new Map([...this.items.all.values()].map(({ gameId, revision }) => [gameId, revision]));
    return { revisions, doubts: this.doubts };
  }

  /** What the store has lost, by a list that has come to its end. */
  end({ revisions, doubts }: Known, listing: SlotListing): Item<State>[] {
    this.settled = Math.max(this.settled, doubts);
    return [...this.items.all.values()].filter((item) => {
      const found = listing.get(item.gameId);
      // A marker that is not there was purged.
      const isLess = found === undefined ? !item.deleted : found.revision < item.revision;
      return isLess && item.revision > 0 && item.revision === revisions.get(item.gameId) && isAtRest(item);
    });
  }
}

/** Whoever writes or reads it finds out by that. */
function isAtRest<State>({ live, loading, concluding }: Item<State>): boolean {
  return loading === null && concluding === null && live?.idle !== false;
}
