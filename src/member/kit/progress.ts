/**
 * What this member has begun and not ended, by kind, and since when.
 *
 * Role: code that waits for others says what it began and when that is over; stuck-watch.ts looks what takes too long. A new kind is one more
 * word in `stuckKinds` (metrics.ts) and two calls where the work is done.
 * Invariants:
 *  - Of each kind, what was begun first stands first: a map keeps its order, and the clock never goes back.
 *  - What is begun again goes on as it is, from when it was begun first; whoever got on ends it before.
 *  - Of each kind at most `MOST` are remembered: what is begun beyond that is not looked after.
 */
import { type StuckKind, stuckKinds } from '../../metrics.ts';
import type { Clock } from '../../ports/clock.ts';

export const MOST = 10_000;

export class Progress {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly begun: ReadonlyMap<StuckKind, Map<string, number>>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
    this.begun = new Map(stuckKinds.map((kind) => [kind, new Map()]));
  }

  begin(kind: StuckKind, what: string): void {
    const all = this.begun.get(kind);
    if (all !== undefined && !all.has(what) && all.size < MOST) all.set(what, this.clock.monotonic());
  }

  end(kind: StuckKind, what: string): void {
    this.begun.get(kind)?.delete(what);
  }

  /** Begins it, or ends it. */
  is(kind: StuckKind, what: string, isUnderWay: boolean): void {
    if (isUnderWay) this.begin(kind, what);
    else this.end(kind, what);
  }

  /** What is under way, and since when, monotonic ms: the oldest first. */
  of(kind: StuckKind): ReadonlyMap<string, number> {
    return this.begun.get(kind) ?? new Map();
  }
}
