/**
 * How much may be asked of the store at once, learnt from how long it takes.
 *
 * Role: the pure decision of a limiter whose store may be a millisecond away, or a disk's flush behind three replicas.
 * Algorithm: additive increase, multiplicative decrease (TCP, RFC 5681; per answer, with the condition that the limit is used, as `AIMDLimit` of
 * Netflix's concurrency-limits), where long is relative to the quickest answer of late (TCP Vegas; its `baseRtt`).
 * Invariants:
 *  - The limit stays between `least` and `most`, whatever it is told: nobody starves, and nothing grows without end.
 *  - It grows only while half of it is used: what was not tried says nothing of what the store takes.
 *  - Of what was under way together only the first that took too long shrinks it: one outage is one reason.
 */
export interface LimitPolicy {
  readonly least: number;
  readonly first: number;
  readonly most: number;
  /** As quick as this is quick, however quick others were, ms. */
  readonly quickMs: number;
  /** As slow as this is slow, however slow others were, ms. */
  readonly slowMs: number;
}

/** What takes twice as long as the quickest waits half of its time behind others. */
const QUICK_FACTOR = 2;
/** In between it neither grows nor shrinks. */
const SLOW_FACTOR = 4;
/** For how long the quickest answer counts, once or twice: the store may have moved away. */
const QUICKEST_MS = 10_000;

export class AdaptiveLimit {
  private readonly policy: LimitPolicy;
  private limit: number;
  private shrunkAt = Number.NEGATIVE_INFINITY;
  private quickestMs = Number.POSITIVE_INFINITY;
  private quickestBefore = Number.POSITIVE_INFINITY;
  private quickestSince = Number.NEGATIVE_INFINITY;

  constructor(policy: LimitPolicy) {
    this.policy = policy;
    this.limit = policy.first;
  }

  get current(): number {
    return this.limit;
  }

  /** What began at `startedAt` has ended, monotonic ms; `underWay` at the end, itself included. */
  ended(startedAt: number, now: number, underWay: number): void {
    const { least, most, quickMs, slowMs } = this.policy;
    const tookMs = now - startedAt;
    const quick = Math.max(quickMs, QUICK_FACTOR * this.quickest(tookMs, now));
    if (tookMs > Math.min(SLOW_FACTOR * quick, slowMs)) {
      if (startedAt < this.shrunkAt) return;
      this.limit = Math.max(least, Math.floor(this.limit / 2));
      this.shrunkAt = now;
    } else if (tookMs <= quick && underWay * 2 >= this.limit) {
      this.limit = Math.min(most, this.limit + 1);
    }
  }

  private quickest(tookMs: number, now: number): number {
    if (now - this.quickestSince >= QUICKEST_MS) {
      this.quickestBefore = this.quickestMs;
      this.quickestMs = tookMs;
      this.quickestSince = now;
    }
    this.quickestMs = Math.min(this.quickestMs, tookMs);
    return Math.min(this.quickestMs, this.quickestBefore);
  }
}
