/**
 * Until when this incarnation may answer reads from memory without asking anyone.
 *
 * Role: the bookkeeping of one lease. Whoever expels a member waits out 1.25 × this (I5), so it may be short but never long.
 * Invariants:
 *  - It counts from the moment its renewal was *sent*: the renewal landed at some time after that.
 *  - Valid by the monotonic and by the wall clock: a suspended machine stops one of them, an administrator moves the other.
 *  - After `drop` nothing that was sent before it makes the lease valid again.
 */
export class Lease {
  readonly leaseMs: number;
  private sentMonotonic = Number.NEGATIVE_INFINITY;
  private sentWall = 0;
  private droppedAt = Number.NEGATIVE_INFINITY;

  constructor(leaseMs: number) {
    this.leaseMs = leaseMs;
  }

  /** The renewal that was sent then has been acknowledged. Out of order, the latest sent counts. */
  granted(sentMonotonic: number, sentWall: number): void {
    if (sentMonotonic <= this.sentMonotonic) return;
    this.sentMonotonic = sentMonotonic;
    this.sentWall = sentWall;
  }

  valid(nowMonotonic: number, nowWall: number): boolean {
    if (this.sentMonotonic <= this.droppedAt) return false;
    const elapsedWall = nowWall - this.sentWall;
    return nowMonotonic - this.sentMonotonic < this.leaseMs && elapsedWall >= 0 && elapsedWall < this.leaseMs;
  }

  /** Not valid until a renewal that is sent after `nowMonotonic` is acknowledged. */
  drop(nowMonotonic: number): void {
    this.droppedAt = nowMonotonic;
  }
}
