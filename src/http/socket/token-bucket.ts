/**
 * A token bucket: so many a second in the long run, and a burst of twice that.
 *
 * Role: what one socket may send. Pure but for the time that it is told.
 * Invariant: in any span of s seconds at most `perSecond` × (s + 2) are let through.
 */
export class TokenBucket {
  readonly #perSecond: number;
  #left: number;
  #filledAtMs: number;

  /** Full at `nowMs`, by the monotonic clock. */
  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#left = 2 * perSecond;
    this.#filledAtMs = nowMs;
  }

  /** Takes one; false if none is left. */
  take(nowMs: number): boolean {
    const refill = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#left = Math.min(2 * this.#perSecond, this.#left + refill);
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
