/**
 * Which renewals of the membership key were sent, and which of them is acknowledged.
 *
 * Role: pure. Says what the last acknowledgement proves; the keeper (lease-keeper.ts) sends and waits.
 * Invariant: a renewal that was sent before a drop proves nothing after it, whenever its acknowledgement comes.
 */
export interface SentRenewal {
  /** Monotonic ms. */
  readonly sentAt: number;
  /** How many drops there had been. */
  readonly drops: number;
}

export class Renewals {
  private count = 0;
  private drops = 0;
  private last: SentRenewal = { sentAt: Number.NEGATIVE_INFINITY, drops: -1 };

  /** How many were sent. */
  get sent(): number {
    return this.count;
  }

  /** When the last acknowledged one was sent, monotonic ms. */
  get sentAt(): number {
    return this.last.sentAt;
  }

  /** One that was sent since the last drop is acknowledged. */
  get isVerified(): boolean {
    return this.last.drops === this.drops;
  }

  begin(sentAt: number): SentRenewal {
    this.count += 1;
    return { sentAt, drops: this.drops };
  }

  acknowledged(renewal: SentRenewal): void {
    this.last = renewal;
  }

  drop(): void {
    this.drops += 1;
  }
}
