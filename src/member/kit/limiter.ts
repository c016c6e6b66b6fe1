/**
 * So many at once, those with the nearest deadline first.
 *
 * Role: bounds what a member asks of the store at one time, and decides who goes first when much is to be done.
 * Invariants:
 *  - L1 No more than `most` are under way.
 *  - L2 Whoever waits longest goes first among those with the same deadline.
 *  - L3 After `end` nothing begins: whoever waits is told so at once.
 */
import { byTime, Heap, type HeapItem } from './heap.ts';

interface Waiting extends HeapItem {
  readonly at: number;
  readonly begin: () => void;
  readonly giveUp: () => void;
}

export class Limiter {
  private readonly most: number;
  private readonly queue = new Heap<Waiting>(byTime);
  private underWay = 0;
  private ended = false;

  constructor(most: number) {
    this.most = most;
  }

  get running(): number {
    return this.underWay;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** Runs `work` when its turn comes; `at` is its deadline, in whatever unit all use. Null: it never began. */
  run<Result>(at: number, work: () => Promise<Result>): Promise<Result | null> {
    if (this.ended) return Promise.resolve(null);
    if (this.underWay < this.most) return this.begin(work);
    return new Promise((resolve) => {
      const begin = () => resolve(this.begin(work));
      this.queue.add({ at, place: -1, order: 0, begin, giveUp: () => resolve(null) });
    });
  }

  end(): void {
    this.ended = true;
    for (let next = this.take(); next !== undefined; next = this.take()) next.giveUp();
  }

  private async begin<Result>(work: () => Promise<Result>): Promise<Result> {
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      this.take()?.begin();
    }
  }

  private take(): Waiting | undefined {
    const { first } = this.queue;
    if (first !== undefined) this.queue.remove(first);
    return first;
  }
}
