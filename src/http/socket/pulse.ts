/**
 * Whether the client at the other end of a socket is still there: it answers pings.
 *
 * Invariant: whoever leaves two pings in a row without an answer is dead by the time of the third.
 */
import type { Clock, Timer } from '../../ports/clock.ts';

const MOST_UNANSWERED = 2;

export interface PulseContext {
  readonly clock: Clock;
  readonly everyMs: number;
  ping(): void;
  /** Nothing is asked any more. */
  died(): void;
}

export class Pulse {
  readonly #context: PulseContext;
  #unanswered = 0;
  #timer: Timer;

  constructor(context: PulseContext) {
    this.#context = context;
    this.#timer = this.#next();
  }

  answered(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    const { clock, everyMs } = this.#context;
    return clock.after(everyMs, () => {
      if (this.#unanswered === MOST_UNANSWERED) return this.#context.died();
      this.#unanswered += 1;
      this.#context.ping();
      this.#timer = this.#next();
    });
  }
}
