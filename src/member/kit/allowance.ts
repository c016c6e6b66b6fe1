/**
 * How much of something may be kept, by all together.
 *
 * Invariant: what is taken is never more than `most`.
 */
export class Allowance {
  private readonly most: number;
  private taken = 0;

  constructor(most: number) {
    this.most = most;
  }

  get inUse(): number {
    return this.taken;
  }

  /** False: there is no room for it. */
  take(amount: number): boolean {
    if (this.taken + amount > this.most) return false;
    this.taken += amount;
    return true;
  }

  give(amount: number): void {
    this.taken -= amount;
  }
}
