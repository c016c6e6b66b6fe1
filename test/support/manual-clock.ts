/**
 * A clock that moves only when a test moves it.
 *
 * Role: the twin of the system clock; many members can share one, so that a whole cluster runs on simulated time.
 * Invariant: timers run in the order of their due times, those due together in the order in which they were set; what a
 * timer set going (promises included) is finished before the next one runs.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { byTime, Heap, type HeapItem } from '../../src/member/kit/heap.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';

interface Waiting extends HeapItem {
  readonly at: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  readonly #waiting = new Heap<Waiting>(byTime);
  #now = 0;
  #wallOffset: number;

  /** `wallAtStart`: ms since the Unix epoch. */
  constructor(wallAtStart = Date.UTC(2030, 0, 1)) {
    this.#wallOffset = wallAtStart;
  }

  wall(): number {
    return Math.floor(this.#wallOffset + this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const waiting: Waiting = { at: this.#now + Math.max(0, ms), run, place: -1, order: 0 };
    this.#waiting.add(waiting);
    return {
      cancel: () => {
        if (waiting.place >= 0) this.#waiting.remove(waiting);
      },
    };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Moves the wall clock alone, either way. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Lets `ms` pass and runs everything that falls due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let next = this.#waiting.first; next !== undefined && next.at <= end; next = this.#waiting.first) {
      this.#waiting.remove(next);
      this.#now = next.at;
      next.run();
      await turn();
    }
    this.#now = end;
  }
}
