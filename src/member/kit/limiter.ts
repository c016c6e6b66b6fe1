/**
 * So many at once, those with the nearest deadline first.
 *
 * Role: bounds what a member asks of the store at one time, and decides who goes first when much is to be done.
 * Invariants:
 *  - L1 Nothing begins while `most` are under way; nor beside others, what would be more than `mostBytes` with them.
 *  - L2 Whoever waits longest goes first among those with the same deadline. Nobody goes before the first who waits, however small.
 *  - L3 After `end` nothing begins: whoever waits is told so at once.
 */
import { byTime, Heap, type HeapItem } from './heap.ts';

interface Waiting extends HeapItem {
  readonly at: number;
  readonly bytes: number;
  readonly begin: () => void;
  readonly giveUp: () => void;
}

export class Limiter {
  private readonly most: () => number;
  private readonly mostBytes: number;
  private readonly queue = new Heap<Waiting>(byTime);
  private underWay = 0;
  private bytesUnderWay = 0;
  private ended = false;

  /** `most` may change all the time. */
  constructor(most: number | (() => number), mostBytes = Number.POSITIVE_INFINITY) {
    this.most = typeof most === 'number' ? () => most : most;
    this.mostBytes = mostBytes;
  }

  get running(): number {
    return this.underWay;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** Runs `work` when its turn comes; `at` is its deadline, in whatever unit all use. Null: it never began. */
  run<Result>(at: number, work: () => Promise<Result>, bytes = 0): Promise<Result | null> {
    if (this.ended) return Promise.resolve(null);
    if (this.queue.size === 0 && this.hasRoom(bytes)) return this.begin(work, bytes);
    return new Promise((resolve) => {
      const begin = () => resolve(this.begin(work, bytes));
      this.queue.add({ at, bytes, place: -1, order: 0, begin, giveUp: () => resolve(null) });
      this.beginAll();
    });
  }

  end(): void {
    this.ended = true;
    for (let next = this.take(); next !== undefined; next = this.take()) next.giveUp();
  }

  private hasRoom(bytes: number): boolean {
    if (this.underWay === 0) return true;
    return this.underWay < this.most() && this.bytesUnderWay + bytes <= this.mostBytes;
  }

  private async begin<Result>(work: () => Promise<Result>, bytes: number): Promise<Result> {
    this.underWay += 1;
    this.bytesUnderWay += bytes;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      this.bytesUnderWay -= bytes;
      this.beginAll();
    }
  }

  private beginAll(): void {
    for (let { first } = this.queue; first !== undefined && this.hasRoom(first.bytes); { first } = this.queue) {
      this.take()?.begin();
    }
  }

  private take(): Waiting | undefined {
    const { first } = this.queue;
    if (first !== undefined) this.queue.remove(first);
    return first;
  }
}
