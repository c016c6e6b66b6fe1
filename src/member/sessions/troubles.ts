/**
 * The games of one slot whose loads or writes come to nothing: how long each pauses, and what has been told of it.
 *
 * Role: keeps one game that cannot be read or written from costing more the longer that lasts; says which are to be loaded and are not yet.
 * Invariants:
 *  - After each failure in a row the pause is longer, up to a minute; a commit ends the row.
 *  - Of one trouble operators are told once, however often it comes back.
 */
import type { RetryReason } from '../../metrics.ts';
import type { Progress } from '../kit/progress.ts';
import { pauseAfter, type RetryContext, type RetryPolicy } from '../kit/retry.ts';
import { gameKey } from '../store/keys.ts';

/** A read that had no answer, or showed less than is known; a claim that somebody was faster than. */
const LOAD_AGAIN: RetryPolicy = { firstMs: 10, factor: 2, longestMs: 250 };
/** What the store refuses or nobody can decode is no better in a moment. */
const FAILED_AGAIN: RetryPolicy = { firstMs: 50, factor: 2, longestMs: 60_000 };
/** It can still be read: nobody waits for that longer than this. */
const LONGEST_WAIT_MS = 1_000;

export interface TroublesContext extends RetryContext {
  readonly progress: Progress;
}

export interface Unusable {
  readonly reason: string;
  /** It stays so until somebody mends it. */
  readonly forGood: boolean;
}

/** What is stored of it cannot be read (`forGood`), or the store takes no claim of it now. */
export class SessionUnusable extends Error {
  override readonly name = 'SessionUnusable';
  readonly forGood: boolean;

  constructor({ reason, forGood }: Unusable) {
    super(reason);
    this.forGood = forGood;
  }
}

interface Trouble {
  /** Loads in a row that had to be repeated, and of those, the ones that showed less than is known. */
  repeated: number;
  lagging: number;
  /** Claims and writes in a row that failed for good. */
  failures: number;
  /** No load begins before, monotonic ms. */
  until: number;
  /** Why it cannot be used until then. */
  unusable: Unusable | null;
  told: string | null;
}

export class Troubles {
  private readonly context: TroublesContext;
  private readonly slot: number;
  /** Games whose load was begun and came to nothing yet. */
  private readonly claims = new Set<string>();
  private readonly byGame = new Map<string, Trouble>();

  constructor(context: TroublesContext, slot: number) {
    this.context = context;
    this.slot = slot;
  }

  /** For how many ms no load may begin. */
  pauseOf(gameId: string): number {
    return Math.max(0, (this.byGame.get(gameId)?.until ?? 0) - this.context.clock.monotonic());
  }

  /** Why it cannot be used, while its pause lasts. */
  unusableNow(gameId: string): Unusable | null {
    return this.pauseOf(gameId) > 0 ? (this.byGame.get(gameId)?.unusable ?? null) : null;
  }

  /** A load begins, perhaps not the first. */
  loading(gameId: string): void {
    this.claims.add(gameId);
    this.context.progress.begin('claim', gameKey(this.slot, gameId));
  }

  /** A load has to be repeated. */
  again(gameId: string, reason: RetryReason): void {
    const trouble = this.of(gameId);
    trouble.repeated += 1;
    this.context.retried(reason);
    this.pauseLoads(trouble, pauseAfter(LOAD_AGAIN, trouble.repeated, this.context.random.fraction()));
  }

  /** A read showed less than is known. How many did in a row. */
  lagged(gameId: string): number {
    const trouble = this.of(gameId);
    trouble.lagging += 1;
    return trouble.lagging;
  }

  /** An outage is no sign of a loss: how often less was shown is counted anew. */
  forgetLag(gameId: string): void {
    const trouble = this.byGame.get(gameId);
    if (trouble !== undefined) trouble.lagging = 0;
  }

  /** A claim or a write failed for good. For how many ms to leave it alone. */
  failed(gameId: string): number {
    const trouble = this.of(gameId);
    trouble.failures += 1;
    this.context.retried('failed');
    return pauseAfter(FAILED_AGAIN, trouble.failures, this.context.random.fraction());
  }

  /** The store refuses what it has become: the same. Whoever asks for it waits a little, or each would have it written in vain once more. */
  refused(gameId: string): number {
    const pauseMs = this.failed(gameId);
    this.pauseLoads(this.of(gameId), Math.min(pauseMs, LONGEST_WAIT_MS));
    return pauseMs;
  }

  /** It cannot be loaded at all: the same, and until then nobody tries. */
  unusable(gameId: string, why: Unusable): number {
    const pauseMs = this.failed(gameId);
    const trouble = this.of(gameId);
    trouble.unusable = why;
    this.pauseLoads(trouble, pauseMs);
    return pauseMs;
  }

  /** Whether operators have yet to hear of it. */
  isNews(gameId: string, reason: string): boolean {
    const trouble = this.of(gameId);
    if (trouble.told === reason) return false;
    trouble.told = reason;
    return true;
  }

  /** It was loaded, or is not there. A write that failed before may fail again. */
  loaded(gameId: string): void {
    this.noClaim(gameId);
    const trouble = this.byGame.get(gameId);
    if (trouble === undefined) return;
    if (trouble.failures === 0 || trouble.unusable !== null) this.byGame.delete(gameId);
    else Object.assign(trouble, { repeated: 0, lagging: 0, until: 0, unusable: null });
  }

  over(gameId: string): void {
    this.noClaim(gameId);
    this.byGame.delete(gameId);
  }

  clear(): void {
    for (const gameId of this.claims) this.noClaim(gameId);
    this.byGame.clear();
  }

  private noClaim(gameId: string): void {
    this.claims.delete(gameId);
    this.context.progress.end('claim', gameKey(this.slot, gameId));
  }

  private pauseLoads(trouble: Trouble, ms: number): void {
    trouble.until = this.context.clock.monotonic() + ms;
  }

  private of(gameId: string): Trouble {
    const known = this.byGame.get(gameId);
    if (known !== undefined) return known;
    const trouble = { repeated: 0, lagging: 0, failures: 0, until: 0, unusable: null, told: null };
    this.byGame.set(gameId, trouble);
    return trouble;
  }
}
