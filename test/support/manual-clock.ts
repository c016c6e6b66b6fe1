/**
 * A clock that moves only when a test moves it.
 *
 * Role: the twin of the system clock; many members can share one, so that a whole cluster runs on simulated time.
 * Invariant: timers run in the order of their due times, those due together in the order in which they were set; what a
 * timer set going (promises included) is finished before the next one runs.
 */
import { setImmediate as turn } from 'node:timers/promises';
import TinyQueue from 'tinyqueue';
import type { Clock, Timer } from '../../src/ports/clock.ts';

interface Waiting {
  readonly due: number;
  readonly order: number;
  run: (() => void) | null;
}

export class ManualClock implements Clock {
  readonly #waiting = new TinyQueue<Waiting>([], (one, other) => one.due - other.due || one.order - other.order);
  #now = 0;
  #wallOffset: number;
  #set = 0;
  #pending = 0;

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
    const waiting: Waiting = { due: this.#now + Math.max(0, ms), order: this.#set++, run };
    this.#waiting.push(waiting);
    this.#pending += 1;
    return {
      cancel: () => {
        if (waiting.run !== null) this.#pending -= 1;
        waiting.run = null;
      },
    };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#pending;
  }

  /** Moves the wall clock alone, either way. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Lets `ms` pass and runs everything that falls due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let next = this.#waiting.peek(); next !== undefined && next.due <= end; next = this.#waiting.peek()) {
      this.#waiting.pop();
      if (next.run === null) continue;
      const { run } = next;
      next.run = null;
      this.#pending -= 1;
      this.#now = next.due;
      run();
      await turn();
    }
    this.#now = end;
  }
}
