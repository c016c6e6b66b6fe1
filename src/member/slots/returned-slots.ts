/**
 * Slots that came back from where they were handed: for how long each is not handed there again.
 *
 * Why: two members whose rings differ, because the watch of one is late, would hand a slot to and fro every few milliseconds, each time frozen.
 * Invariants:
 *  - A slot that has not come back waits for nothing, nor does one that goes to another incarnation, or whose owner is leaving.
 *  - Each return from the same incarnation makes the pause longer; where the slot stayed for longer than any pause takes, it begins anew.
 */
import type { Clock } from '../../ports/clock.ts';
import { Backoff } from '../kit/backoff.ts';
import type { RetryPolicy } from '../kit/retry.ts';

const HAND_BACK: RetryPolicy = { firstMs: 250, factor: 2, longestMs: 10_000 };
const STAYED_MS = 3 * HAND_BACK.longestMs;

interface Handed {
  readonly toKey: string;
  /** Monotonic ms. */
  readonly at: number;
}

export class ReturnedSlots {
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  /** Of each slot that ever went from here. */
  private readonly handed = new Map<number, Handed>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.backoff = new Backoff(clock, HAND_BACK);
  }

  mayGo(slot: number, toKey: string): boolean {
    return this.handed.get(slot)?.toKey !== toKey || this.backoff.isOver(String(slot));
  }

  /** Its record is about to be sent. */
  went(slot: number, toKey: string): void {
    if (this.handed.get(slot)?.toKey !== toKey) this.backoff.succeeded(String(slot));
    this.handed.set(slot, { toKey, at: this.clock.monotonic() });
  }

  /** A record hands it to this member. */
  came(slot: number): void {
    const handed = this.handed.get(slot);
    if (handed === undefined) return;
    if (this.clock.monotonic() - handed.at > STAYED_MS) this.backoff.succeeded(String(slot));
    this.backoff.failed(String(slot));
  }
}
