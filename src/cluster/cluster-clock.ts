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
 *  - Before the first stamp that says enough there is no time; if answers are always slow, `FEW` of them must do.
 *  - Time is slewed: it runs at 0.9 to 1.1 times the rate of the monotonic clock. Only `agree` may step it: the first of an incarnation,
 *    which holds no games yet, and one that has so far to go that members would differ for minutes.
 *  - Who comes when all others are gone goes on from the time that they left (`inherit`), and is never behind it.
 *  - A jump of the store's clock is *held off*: time goes on as if there had been none, and what is held off is given back at `GIVEN_BACK`.
 *    Every member sees the same jump at the same point of the store's history and gives it back by the store's clock, so members agree.
 *  - One that was suspended takes such a gap in its own clock for a jump of the store's; one that has just started knows nothing of earlier
 *    jumps. Both follow the member that holds off the least.
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
/** What the first stamps may leave in doubt, and how many of them say as much as can be known. */
const DOUBT_MS = 100;
const FEW = 5;
/** A stamp older than this says nothing about the present: its member is neither heard nor heeded. */
const RECENT_MS = 3_000;
/** How long others have to contradict before their time is taken: they may be about to see the same jump. */
const PATIENCE_MS = 5_000;
/**
 * What is further from the others than this steps: who was born while the store's clock was wrong, or slept. Receive times of gateways must
 * be within a second of each other (I6), and the worst clock would be slewed by that much in a minute.
 */
const LONGEST_SLEW_MS = 1_000;
/** How long nobody shall go by one that has just joined, and found nobody to go by. */
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

/** What a member announces: what it holds off, as of what the store's clock showed when it last heard of it. */
export interface HeldAs extends Held {
  readonly heardAt: number;
}

/** What the last of those who are gone held off, and what the store's clock showed when that was so. */
export interface Left extends Held {
  readonly leftAt: number;
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
  private stamps = 0;
  private begun = false;
  /** When it was first compared with those of the others, in this incarnation. */
  private comparedAt: number | null = null;
  /** There was somebody to compare it with then, or to inherit from. */
  private isVouchedFor = false;
  /** It was compared in this incarnation or in one before. */
  private isSettled = false;
  private stampedAt = 0;
  private doubtSince: number | null = null;
  private stepsMs = 0;

  get isKnown(): boolean {
    return this.begun;
  }

  /** It is known, and was compared with those of the others since the last `rejoin`. */
  get isCompared(): boolean {
    return this.comparedAt !== null;
  }

  /** By how much time was ever set at once, ms in all. */
  get steppedMs(): number {
    return this.stepsMs;
  }

  /** A new incarnation begins: the next `agree` is its first. */
  rejoin(): void {
    this.comparedAt = null;
  }

  /** Whole ms since the epoch. Throws before the first stamp. */
  now(monotonic: number): number {
    return Math.floor(monotonic + this.offset(this.sure(), monotonic));
  }

  /** How far from the store's clock less what is held off it may be, ms. */
  uncertainty(monotonic: number): number {
    const bounds = this.sure();
    return (
      doubt(widened(bounds, monotonic)) + Math.abs(this.target(bounds, monotonic) - this.offset(bounds, monotonic))
    );
  }

  /** By how much time is ahead of the store's clock on purpose, ms. */
  heldMs(monotonic: number): number {
    return this.bounds === null ? 0 : left(this.held, monotonic + middle(this.bounds));
  }

  /** How long ago the store's clock showed `storeTime`, at least. What was so before a jump that is held off may be younger by that. */
  leastSince(storeTime: number, monotonic: number): number {
    const sinceMs = monotonic + widened(this.sure(), monotonic).low - storeTime;
    const jumpedMs = storeTime < this.held.since ? Math.min(0, this.heldMs(monotonic)) : 0;
    return Math.max(0, sinceMs + jumpedMs);
  }

  /** What others may go by. Null: this clock has just started on its own, or has not heard from the store lately. */
  announcement(monotonic: number): Held | null {
    return this.isRecent(monotonic) && !this.isNewcomer(monotonic) ? this.held : null;
  }

  /** Takes in one stamp; they come in order, if late. Answers by how much the store's clock has jumped, 0 if it has not. */
  stamped({ sentAt, receivedAt, storeTime }: Stamp, monotonic: number): number {
    const fresh = widened({ low: storeTime - receivedAt, high: storeTime + 1 - sentAt, at: receivedAt }, monotonic);
    this.stampedAt = receivedAt;
    this.stamps += 1;
    const prior = widened(this.bounds ?? fresh, monotonic);
    if (this.bounds === null || !this.isKnown) {
      this.begin(overlap(prior, fresh) ?? fresh, monotonic);
      return 0;
    }
    this.settle(this.bounds, monotonic);
    const target = this.target(this.bounds, monotonic);
    const apart = distance(middle(prior), fresh);
    this.bounds = overlap(prior, fresh) ?? fresh;
    if (Math.abs(apart) <= JUMP_MS + doubt(prior)) return 0;
    const offset = middle(this.bounds);
    this.held = { ms: target - offset, since: monotonic + offset };
    return apart;
  }

  /**
   * `others`: what members announce that have heard from the store just now; `last`: what was announced last of all, however long ago.
   * Answers by how much time is corrected to agree with them.
   */
  agree(others: readonly Held[], monotonic: number, last: Left | null = null): number {
    if (!this.isRecent(monotonic)) return 0;
    const nearest = this.nearest(others, monotonic);
    if (this.comparedAt === null) {
      const heritage = this.isSettled || last === null ? null : this.inherit(last, monotonic);
      const best = nearest ?? heritage;
      this.comparedAt = monotonic;
      this.isSettled = true;
      this.isVouchedFor = best !== null;
      return best === null ? 0 : this.follow(best, monotonic, AGREED_MS);
    }
    if (nearest === null || !this.isOutvoted(nearest, monotonic)) {
      this.doubtSince = null;
      return 0;
    }
    this.doubtSince ??= monotonic;
    return monotonic - this.doubtSince < PATIENCE_MS ? 0 : this.follow(nearest, monotonic);
  }

  private begin(bounds: Bounds, monotonic: number): void {
    this.bounds = bounds;
    this.shown = { offset: middle(bounds), at: monotonic };
    this.begun = doubt(bounds) <= DOUBT_MS || this.stamps >= FEW;
  }

  private sure(): Bounds {
    if (this.bounds === null || !this.isKnown)
      throw new Error('there is no cluster time before the store was heard of');
    return this.bounds;
  }

  private isRecent(monotonic: number): boolean {
    return this.isKnown && monotonic - this.stampedAt <= RECENT_MS;
  }

  private isNewcomer(monotonic: number): boolean {
    return this.comparedAt === null || (!this.isVouchedFor && monotonic - this.comparedAt < NEWCOMER_MS);
  }

  /**
   * Rounds that run were reckoned by the time that was left, so time goes on from there: never behind it, and behind the store's clock by what
   * it was behind. What it was ahead by it keeps only as far as it must: the store's clock may have been put right since, and a round that
   * ends early cannot be mended.
   */
  private inherit(last: Left, monotonic: number): Held {
    const storeTime = monotonic + middle(this.sure());
    const reached = last.leftAt + left(last, last.leftAt);
    return { ms: Math.max(reached - storeTime, Math.min(0, left(last, storeTime))), since: storeTime };
  }

  private nearest(others: readonly Held[], monotonic: number): Held | null {
    const storeTime = monotonic + middle(this.sure());
    const away = (held: Held) => Math.abs(left(held, storeTime));
    return others.reduce<Held | null>((best, held) => (best === null || away(held) < away(best) ? held : best), null);
  }

  private isOutvoted(nearest: Held, monotonic: number): boolean {
    const theirs = left(nearest, monotonic + middle(this.sure()));
    return Math.abs(this.heldMs(monotonic)) - Math.abs(theirs) > AGREED_MS;
  }

  /** From now on time moves towards theirs; if that is more than `stepAboveMs` away, it is there at once. */
  private follow(held: Held, monotonic: number, stepAboveMs = LONGEST_SLEW_MS): number {
    const bounds = this.sure();
    this.settle(bounds, monotonic);
    this.held = held;
    this.doubtSince = null;
    const byMs = this.target(bounds, monotonic) - this.shown.offset;
    if (Math.abs(byMs) > stepAboveMs) {
      this.shown = { offset: this.shown.offset + byMs, at: monotonic };
      this.stepsMs += byMs;
    }
    return Math.abs(byMs) > AGREED_MS ? byMs : 0;
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

/** How far the middle may be from the truth. */
function doubt({ low, high }: Bounds): number {
  return (high - low) / 2;
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
