/**
 * A heap that can lose any of its items: each item knows its place.
 *
 * Role: what the deadline queue and the limiter order their items by, and a list of games the slots that it is made of.
 * Invariant: no item goes before its parent; items of one rank come out in the order in which they were added.
 */
export interface HeapItem {
  /** Where the heap keeps it; -1 outside. Only the heap writes these. */
  place: number;
  order: number;
}

/** Below 0: the one goes first; above 0: the other. */
export type Ranking<Item> = (one: Item, other: Item) => number;

/** The earlier one goes first. */
export function byTime(one: { readonly at: number }, other: { readonly at: number }): number {
  // No difference: that of two infinities is none.
  return one.at < other.at ? -1 : one.at > other.at ? 1 : 0;
}

export class Heap<Item extends HeapItem> {
  private readonly ranking: Ranking<Item>;
  private readonly items: Item[] = [];
  private added = 0;

  constructor(ranking: Ranking<Item>) {
    this.ranking = ranking;
  }

  get size(): number {
    return this.items.length;
  }

  get first(): Item | undefined {
    return this.items[0];
  }

  add(item: Item): void {
    item.order = this.added;
    this.added += 1;
    this.items.push(item);
    this.rise(item, this.items.length - 1);
  }

  /** Takes the item out, wherever it is. */
  remove(item: Item): void {
    const hole = item.place;
    const last = this.items.pop();
    item.place = -1;
    if (last === undefined || last === item) return;
    this.rise(last, hole);
    this.sink(last, last.place);
  }

  /** Moves an item that belongs at `place` or above it. */
  private rise(item: Item, place: number): void {
    let at = place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.items[above];
      if (parent === undefined || this.isBefore(parent, item)) break;
      this.put(parent, at);
      at = above;
    }
    this.put(item, at);
  }

  /** Moves an item that belongs at `place` or below it. */
  private sink(item: Item, place: number): void {
    let at = place;
    for (;;) {
      const left = this.items[2 * at + 1];
      const right = this.items[2 * at + 2];
      const child = left !== undefined && right !== undefined && this.isBefore(right, left) ? right : left;
      if (child === undefined || this.isBefore(item, child)) break;
      const below = child.place;
      this.put(child, at);
      at = below;
    }
    this.put(item, at);
  }

  private put(item: Item, place: number): void {
    this.items[place] = item;
    item.place = place;
  }

  private isBefore(one: Item, other: Item): boolean {
    return (this.ranking(one, other) || one.order - other.order) < 0;
  }
}
