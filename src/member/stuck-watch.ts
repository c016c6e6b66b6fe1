/**
 * Finds what has made no progress for too long, and tells it: once for each thing, and once when it goes on.
 *
 * Role: a look a second at the oldest of each kind. What is found is counted for metrics, and named for operators.
 * Invariants:
 *  - A look costs as much as there is stuck, whatever else is under way.
 *  - Of each kind at most `MOST_NAMED` are named at a time; all are counted.
 */
import { type StuckKind, stuckKinds } from '../metrics.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { StuckReport } from './contract/gateway.ts';
import { every } from './kit/every.ts';
import type { Log } from './kit/incidents.ts';
import type { Progress } from './kit/progress.ts';

const LOOK_MS = 1_000;
export const MOST_NAMED = 10;

export interface Stuck {
  readonly count: number;
  /** By name, since when. */
  readonly oldest: ReadonlyMap<string, number>;
}

/** Of what is under way, the oldest first. */
export function stuckAmong(begun: Iterable<readonly [string, number]>, now: number, afterMs: number): Stuck {
  const oldest = new Map<string, number>();
  let count = 0;
  for (const [what, since] of begun) {
    if (now - since < afterMs) break;
    count += 1;
    if (count <= MOST_NAMED) oldest.set(what, since);
  }
  return { count, oldest };
}

interface StuckWatchContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly stuckMs: number;
}

export class StuckWatch {
  private readonly context: StuckWatchContext;
  private readonly found = new Map<StuckKind, Stuck>();
  /** Since when, by kind and name. */
  private readonly told: ReadonlyMap<StuckKind, Map<string, number>> = new Map(
    stuckKinds.map((kind) => [kind, new Map()]),
  );
  private readonly timer: Timer;

  constructor(context: StuckWatchContext) {
    this.context = context;
    this.timer = every(context.clock, LOOK_MS, () => {
      for (const kind of stuckKinds) this.look(kind);
    });
  }

  stop(): void {
    this.timer.cancel();
  }

  /** How many, by kind, as of the last look. */
  get counts(): ReadonlyMap<StuckKind, number> {
    return new Map([...this.found].map(([kind, { count }]) => [kind, count]));
  }

  /** Kinds of which something is stuck. */
  report(): readonly StuckReport[] {
    const now = this.context.clock.monotonic();
    return [...this.found].flatMap(([kind, { count, oldest }]) => {
      const named = [...oldest].map(([what, since]) => ({ what, forMs: Math.round(now - since) }));
      return count === 0 ? [] : [{ kind, count, oldest: named }];
    });
  }

  private look(kind: StuckKind): void {
    const { clock, log, progress, stuckMs } = this.context;
    const now = clock.monotonic();
    const begun = progress.of(kind);
    const stuck = stuckAmong(begun, now, stuckMs);
    this.found.set(kind, stuck);
    const told = this.told.get(kind) ?? new Map<string, number>();
    for (const [what, since] of told) {
      if (begun.get(what) === since) continue;
      told.delete(what);
      log.info({ kind, what, afterMs: Math.round(now - since) }, 'what was stuck goes on, or is given up');
    }
    for (const [what, since] of stuck.oldest) {
      if (told.has(what) || told.size >= MOST_NAMED) continue;
      told.set(what, since);
      log.warn({ kind, what, forMs: Math.round(now - since), ofThem: stuck.count }, 'something makes no progress');
    }
  }
}
