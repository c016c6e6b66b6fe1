/**
 * True time: the one queue of everything that is going to happen in a simulated world.
 *
 * Role: the clock of what is outside the members (network, store, clients); members have clocks of their own (machine.ts).
 * Invariants:
 *  - Events run in the order of their times, those of one time in the order in which they were set.
 *  - What an event sets going (promises included) is finished before the next one runs.
 *  - A world in which time stands still is stopped: `MOST_EVENTS_AT_ONCE` events without time moving on throw.
 */
import { byTime, Heap, type HeapItem } from '../../../src/member/kit/heap.ts';
import type { Clock, Timer } from '../../../src/ports/clock.ts';

/** Where wall clocks begin, ms since the epoch. */
export const BEGINNING = Date.UTC(2030, 0, 1);
const MOST_EVENTS_AT_ONCE = 200_000;

interface Event extends HeapItem {
  readonly at: number;
  readonly run: () => void;
}

export class Timeline implements Clock {
  readonly #queue = new Heap<Event>(byTime);
  #now = 0;
  #sinceMove = 0;
  /** Events that have run. */
  events = 0;

  wall(): number {
    return BEGINNING + Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.at(this.#now + Math.max(0, ms), run);
  }

  /** `at`: true ms since the beginning of the world. */
  at(at: number, run: () => void): Timer {
    const event: Event = { at, run, place: -1, order: 0 };
    this.#queue.add(event);
    return {
      cancel: () => {
        if (event.place >= 0) this.#queue.remove(event);
      },
    };
  }

  /** Lets everything happen that happens up to `end`. Rejects with what an event throws. */
  runUntil(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // Microtasks are drained between two callbacks of `nextTick`, and far faster than by turns of the event loop.
      const next = () => process.nextTick(step);
      const step = () => {
        try {
          if (!this.#step(end)) return resolve();
        } catch (error) {
          return reject(error);
        }
        queueMicrotask(next);
      };
      next();
    });
  }

  /** False if nothing is left to happen up to `end`. */
  #step(end: number): boolean {
    const event = this.#queue.first;
    if (event === undefined || event.at > end) {
      this.#now = end;
      return false;
    }
    this.#queue.remove(event);
    this.#move(event.at);
    event.run();
    return true;
  }

  #move(at: number): void {
    this.events += 1;
    this.#sinceMove = at > this.#now ? 0 : this.#sinceMove + 1;
    if (this.#sinceMove > MOST_EVENTS_AT_ONCE) throw new Error(`time stands still at ${at} ms: events without end`);
    this.#now = at;
  }
}
