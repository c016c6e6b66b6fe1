/**
 * Which order to drain, or to come back, counts: the one that was given last.
 *
 * Role: keeps an order that comes late, or once more, from undoing a newer one.
 * Invariants:
 *  - An order from elsewhere is obeyed only before its deadline, and only if none with a later one was obeyed before.
 *  - All have the same time to arrive, so deadlines are in the order in which they were given, as far as members agree on the time; those that
 *    one member gives rise strictly, however fast they follow each other.
 */

/** How long an order may take to arrive. */
export const ORDER_MS = 1_000;

export class DrainOrders {
  /** What was obeyed last; cluster time. */
  private newest = { on: false, deadline: Number.NEGATIVE_INFINITY };
  /** Of the last order to another member. */
  private lastSent = Number.NEGATIVE_INFINITY;

  /** The deadline of an order that is given now, to another member. */
  deadlineAt(now: number): number {
    this.lastSent = Math.max(this.lastSent + 1, now + ORDER_MS);
    return this.lastSent;
  }

  /** Whether to obey what another member brings, perhaps not for the first time: null, or the reason not to. */
  refusal(on: boolean, deadline: number, now: number): string | null {
    const { newest } = this;
    if (now > deadline) return 'too late';
    if (deadline < newest.deadline || (deadline === newest.deadline && on !== newest.on)) return 'superseded';
    this.newest = { on, deadline };
    return null;
  }

  /** One that was given right here is obeyed in any case. */
  given(on: boolean, now: number): void {
    this.newest = { on, deadline: Math.max(this.newest.deadline, now + ORDER_MS) };
  }
}
