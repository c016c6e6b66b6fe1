/**
 * A set of ids in their order, in chunks: adding and removing one moves few others, however many there are.
 *
 * Invariants: every chunk is sorted, none is empty, and each ends before the next begins.
 */

/** A chunk that grows beyond this is cut in two. */
const LARGEST_CHUNK = 256;

export class SortedIds {
  private readonly chunks: string[][] = [];

  get size(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  add(id: string): void {
    const index = Math.max(0, this.chunkOf(id));
    const chunk = this.chunks[index];
    if (chunk === undefined) {
      this.chunks.push([id]);
      return;
    }
    const place = placeOf(chunk, id);
    if (chunk[place] === id) return;
    chunk.splice(place, 0, id);
    if (chunk.length > LARGEST_CHUNK) this.chunks.splice(index + 1, 0, chunk.splice(LARGEST_CHUNK / 2));
  }

  remove(id: string): void {
    const index = this.chunkOf(id);
    const chunk = this.chunks[index];
    if (chunk === undefined) return;
    const place = placeOf(chunk, id);
    if (chunk[place] !== id) return;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.chunks.splice(index, 1);
  }

  /** Stands on the first one above `id`; null: on the very first. Nothing may be added or removed while it is in use. */
  after(id: string | null): IdCursor {
    if (id === null) return new IdCursor(this.chunks, 0, 0);
    const index = Math.max(0, this.chunkOf(id));
    const chunk = this.chunks[index] ?? [];
    const place = placeOf(chunk, id);
    return new IdCursor(this.chunks, index, chunk[place] === id ? place + 1 : place);
  }

  /** The last chunk that begins at or below `id`; -1: none does. */
  private chunkOf(id: string): number {
    let low = 0;
    for (let high = this.chunks.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.chunks[middle]?.[0] ?? '') > id) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }
}

/** Walks through ids in their order. */
export class IdCursor {
  private readonly chunks: readonly (readonly string[])[];
  private index: number;
  private place: number;
  /** Where it stands; undefined: at the end. */
  id: string | undefined;

  constructor(chunks: readonly (readonly string[])[], index: number, place: number) {
    this.chunks = chunks;
    this.index = index;
    this.place = place - 1;
    this.next();
  }

  next(): void {
    this.place += 1;
    this.id = this.chunks[this.index]?.[this.place];
    if (this.id !== undefined || this.index >= this.chunks.length) return;
    this.index += 1;
    this.place = 0;
    this.id = this.chunks[this.index]?.[0];
  }
}

/** Where `id` is in a sorted chunk, or belongs. */
function placeOf(chunk: readonly string[], id: string): number {
  let low = 0;
  for (let high = chunk.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as string) >= id) high = middle;
    else low = middle + 1;
  }
  return low;
}
