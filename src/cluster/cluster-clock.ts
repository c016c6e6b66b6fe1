/**
 * The one time by which games go: what the store's clock says, carried on by the monotonic clock.
 *
 * Role: estimates the store's clock from stamps that it set on our own writes, and keeps jumps of it away from games.
 * Why not the wall clock: an administrator, NTP or a waking machine steps it, for one member alone. All members of a cluster hear of the
 * same store.
 * How: the store stamped a write after it was sent and before it was acknowledged, so each stamp bounds the offset between its clock and
 * ours from both sides; what earlier stamps say still holds, as far as clocks may have drifted since (Marzullo, "Maintaining the Time in a
 * Distributed System", 1984; Cristian, "Probabilistic Clock Synchronization", 1989).
 * Invariants:
 *  - Before the first stamp there is no time.
 *  - Time is slewed: it runs at 0.9 to 1.1 times the rate of the monotonic clock, except that `agree` may step it.
 *  - A jump of the store's clock is *held off*: time goes on as if there had been none, and what is held off is given back at `GIVEN_BACK`.
 *    Every member sees the same jump at the same point of the store's history and gives it back by the store's clock, so members agree.
 *  - One that was suspended takes such a gap in its own clock for a jump of the store's; one that has just started knows nothing of earlier
 *    jumps. Both follow the members that hold off the least.
 */

/** How much faster or slower two monotonic clocks may run. */
const DRIFT = 0.06;
/** How fast time is corrected. More than `DRIFT` and `GIVEN_BACK` together, or it would never catch up. */
const SLEW = 0.1;
/** Of each hour, 72 s: a jump of an hour is given back within 50 hours, in which a round of a minute is about a second off. */
const GIVEN_BACK = 0.02;
/** What differs by more than this, and cannot be explained by drift, has jumped. */
const JUMP_MS = 250;
/** How far members may be apart in what they hold off. */
const AGREED_MS = 100;
/** A stamp older than this says nothing about the present: its member is neither heard nor heeded. */
const RECENT_MS = 3_000;
/** How long others have to contradict before their time is taken: they may be about to see the same jump. */
const PATIENCE_MS = 5_000;
/** How long one that has just started is silent about what it holds off, and takes over at once what others do. */
const NEWCOMER_MS = 5_000;

export interface Stamp {
  /** When the write was sent, and when it was known to have landed; monotonic ms. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** What the store's clock showed in between, ms since the epoch, cut off to whole ones. */
  readonly storeTime: number;
}

/** By how much time was ahead of the store's clock when that showed `since`. */
export interface Held {
  readonly ms: number;
  readonly since: number;
}

/** Between what the store's clock is ahead of the monotonic one, as of a monotonic time. */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly at: number;
}

const NOTHING: Held = { ms: 0, since: 0 };

export class ClusterClock {
  private bounds: Bounds | null = null;
  private held = NOTHING;
  /** By how much time was ahead of the monotonic clock at `at`; from there it moves towards what it should be. */
  private shown = { offset: 0, at: 0 };
  private firstAt = 0;
  private stampedAt = 0;
  private doubtSince: number | null = null;

  get isKnown(): boolean {
    return this.bounds !== null;
  }

  /** Whole ms since the epoch. Throws before the first stamp. */
  now(monotonic: number): number {
    return Math.floor(monotonic + this.offset(this.known(), monotonic));
  }

  /** How far from the store's clock less what is held off it may be, ms. */
  uncertainty(monotonic: number): number {
    const bounds = this.known();
    const { low, high } = widened(bounds, monotonic);
    return (high - low) / 2 + Math.abs(this.target(bounds, monotonic) - this.offset(bounds, monotonic));
  }

  /** By how much time is ahead of the store's clock on purpose, ms. */
  heldMs(monotonic: number): number {
    return this.bounds === null ? 0 : left(this.held, monotonic + middle(this.bounds));
  }

  /** What others may go by. Null: this clock has just started, or has not heard from the store lately. */
  announcement(monotonic: number): Held | null {
    const isHeeded = this.isRecent(monotonic) && monotonic - this.firstAt >= NEWCOMER_MS;
    return isHeeded ? this.held : null;
  }

  /** Takes in one stamp; they come in order, if late. Answers by how much the store's clock has jumped, 0 if it has not. */
  stamped({ sentAt, receivedAt, storeTime }: Stamp, monotonic: number): number {
    const fresh = widened({ low: storeTime - receivedAt, high: storeTime + 1 - sentAt, at: receivedAt }, monotonic);
    this.stampedAt = receivedAt;
    if (this.bounds === null) {
      this.bounds = fresh;
      this.shown = { offset: middle(fresh), at: monotonic };
      this.firstAt = monotonic;
      return 0;
    }
    const prior = widened(this.bounds, monotonic);
    this.settle(this.bounds, monotonic);
    const target = this.target(this.bounds, monotonic);
    const apart = distance(middle(prior), fresh);
    this.bounds = overlap(prior, fresh) ?? fresh;
    if (Math.abs(apart) <= JUMP_MS + (prior.high - prior.low) / 2) return 0;
    const offset = middle(this.bounds);
    this.held = { ms: target - offset, since: monotonic + offset };
    return apart;
  }

  /** `others`: what members announce that have heard from the store just now. Answers by how much time was stepped to agree with them. */
  agree(others: readonly Held[], monotonic: number): number {
    const nearest = this.isRecent(monotonic) ? this.nearest(others, monotonic) : null;
    if (nearest === null || !this.isOutvoted(nearest, monotonic)) {
      this.doubtSince = null;
      return 0;
    }
    this.doubtSince ??= monotonic;
    const patienceMs = this.isNewcomer(monotonic) ? 0 : PATIENCE_MS;
    return monotonic - this.doubtSince < patienceMs ? 0 : this.adopt(nearest, monotonic);
  }

  private known(): Bounds {
    if (this.bounds === null) throw new Error('there is no cluster time before the store was heard of');
    return this.bounds;
  }

  private isRecent(monotonic: number): boolean {
    return this.bounds !== null && monotonic - this.stampedAt <= RECENT_MS;
  }

  private isNewcomer(monotonic: number): boolean {
    return monotonic - this.firstAt < NEWCOMER_MS;
  }

  private nearest(others: readonly Held[], monotonic: number): Held | null {
    const storeTime = monotonic + middle(this.known());
    const away = (held: Held) => Math.abs(left(held, storeTime));
    return others.reduce<Held | null>((best, held) => (best === null || away(held) < away(best) ? held : best), null);
  }

  private isOutvoted(nearest: Held, monotonic: number): boolean {
    const theirs = left(nearest, monotonic + middle(this.known()));
    const mine = this.heldMs(monotonic);
    return this.isNewcomer(monotonic)
      ? Math.abs(theirs - mine) > AGREED_MS
      : Math.abs(mine) - Math.abs(theirs) > AGREED_MS;
  }

  private adopt(held: Held, monotonic: number): number {
    const bounds = this.known();
    this.settle(bounds, monotonic);
    const before = this.shown.offset;
    this.held = held;
    this.shown = { offset: this.target(bounds, monotonic), at: monotonic };
    this.doubtSince = null;
    return this.shown.offset - before;
  }

  private settle(bounds: Bounds, monotonic: number): void {
    this.shown = { offset: this.offset(bounds, monotonic), at: monotonic };
  }

  private offset(bounds: Bounds, monotonic: number): number {
    const { offset, at } = this.shown;
    const mostMs = SLEW * Math.max(0, monotonic - at);
    return offset + clamp(this.target(bounds, monotonic) - offset, mostMs);
  }

  private target(bounds: Bounds, monotonic: number): number {
    return middle(bounds) + this.heldMs(monotonic);
  }
}

/** What is still held off when the store's clock shows `storeTime`. */
function left({ ms, since }: Held, storeTime: number): number {
  return ms - clamp(ms, GIVEN_BACK * Math.max(0, storeTime - since));
}

function middle({ low, high }: Bounds): number {
  return (low + high) / 2;
}

function widened({ low, high, at }: Bounds, monotonic: number): Bounds {
  const driftMs = DRIFT * Math.max(0, monotonic - at);
  return { low: low - driftMs, high: high + driftMs, at: monotonic };
}

/** Null if they have nothing in common. */
function overlap(one: Bounds, other: Bounds): Bounds | null {
  const low = Math.max(one.low, other.low);
  const high = Math.min(one.high, other.high);
  return low <= high ? { low, high, at: other.at } : null;
}

/** From a value to the nearest that is within the bounds. */
function distance(value: number, { low, high }: Bounds): number {
  return value < low ? low - value : Math.min(0, high - value);
}

function clamp(ms: number, mostMs: number): number {
  return Math.min(Math.max(ms, -mostMs), mostMs);
}
