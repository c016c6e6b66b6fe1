/**
 * Loads of sessions: how many at once, and who goes first.
 *
 * Role: one for an incarnation, passed by everybody who loads a session, so that what a member asks of NATS in a takeover follows what NATS takes.
 * Invariants:
 *  - Whoever waits for a session goes before all that nobody waits for, those before one another by their deadline (`Limiter`).
 *  - No more than AT_ONCE.most are under way, nor more than BYTES_AT_ONCE as far as their sizes are known, unless it is one alone.
 */
import type { Clock } from '../../ports/clock.ts';
import { AdaptiveLimit, type LimitPolicy } from '../kit/adaptive-limit.ts';
import { Limiter } from '../kit/limiter.ts';

/**
 * Measured (ADR 57): fewer than 64 cannot keep a NATS of this machine busy, 256 keep one busy that takes 20 ms. `slowMs`: before a write's time is
 * up.
 */
export const AT_ONCE: LimitPolicy = { least: 16, first: 64, most: 256, quickMs: 25, slowMs: 1_000 };
/** What waits to be sent is bounded to 64 MiB (`send-queue.ts`), and sessions are not all of it. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;
/** Of a session whose size is not known, before any was loaded. */
const USUAL_BYTES = 4 * 1024;
/** The weight of the last one in what is usual. */
const LATEST = 1 / 8;

export interface LoadSizes {
  readonly running: number;
  readonly waiting: number;
  readonly atOnce: number;
}

export class Loads {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly limit = new AdaptiveLimit(AT_ONCE);
  private readonly limiter = new Limiter(() => this.limit.current, BYTES_AT_ONCE);
  private usualBytes = USUAL_BYTES;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
  }

  get sizes(): LoadSizes {
    return { running: this.limiter.running, waiting: this.limiter.waiting, atOnce: this.limit.current };
  }

  /** Runs `load` when its turn comes; `at`: when it is needed, wall ms; `bytes`: of the session, if they are known. Null: it never began. */
  run<Result>(at: number, load: () => Promise<Result>, bytes = this.usualBytes): Promise<Result | null> {
    return this.limiter.run(at, load, bytes);
  }

  /** A load that asked the store, and has yet to give back its place; `bytes`: of the session that was found. */
  ended(startedAt: number, bytes: number | undefined): void {
    this.limit.ended(startedAt, this.clock.monotonic(), this.limiter.running);
    if (bytes !== undefined) this.usualBytes += LATEST * (bytes - this.usualBytes);
  }

  end(): void {
    this.limiter.end();
  }
}
