/**
 * What all cuts of a member share: how many may be asked for at once, whether they are answered at all, and the last barrier.
 *
 * Role: bounds what a member asks of the store for all slots that it takes, whenever it takes them; remembers that cuts are refused.
 * Invariants:
 *  - No more than CUTS_AT_ONCE answers are awaited at one time, over all batches of slots.
 *  - After UNANSWERED_CUTS in a row, nobody asks for a cut for REFUSED_MS; whoever wanted one uses the consumer.
 *  - A barrier that is not above one that was acknowledged before it was sent shows that the store has lost writes, whatever our connection did.
 */
import type { Clock } from '../../ports/clock.ts';
import { Limiter } from '../kit/limiter.ts';

const CUTS_AT_ONCE = 2;
/** Twice as many as are asked for at once. */
const UNANSWERED_CUTS = 4;
const REFUSED_MS = 120_000;
/** All cuts are as urgent. */
const NOW = 0;

export class CutAccess {
  private readonly clock: Clock;
  private readonly limiter = new Limiter(CUTS_AT_ONCE);
  private unanswered = 0;
  private refusedUntil = Number.NEGATIVE_INFINITY;
  private lastBarrier = 0;
  private lossesSeen = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Nobody has answered for so long that the consumer is faster. */
  get refused(): boolean {
    return this.clock.monotonic() < this.refusedUntil;
  }

  /** Others wait for their turn. */
  get busy(): boolean {
    return this.limiter.waiting > 0;
  }

  /** Runs `look` when its turn comes. */
  run<Result>(look: () => Promise<Result>): Promise<Result | null> {
    return this.limiter.run(NOW, look);
  }

  answered(isAnswer: boolean): void {
    this.unanswered = isAnswer ? 0 : this.unanswered + 1;
    if (this.unanswered < UNANSWERED_CUTS) return;
    this.unanswered = 0;
    this.refusedUntil = this.clock.monotonic() + REFUSED_MS;
  }

  /** How often barriers have shown that the store had lost writes: what was cut before the last time proves nothing. */
  get losses(): number {
    return this.lossesSeen;
  }

  /** The last that was acknowledged; to be asked before the next one is sent. */
  get barrierBefore(): number {
    return this.lastBarrier;
  }

  /** This one was acknowledged; `before` as it was when it was sent. False: the store has lost what was written before. */
  wrote(revision: number, before: number): boolean {
    if (revision > before) {
      this.lastBarrier = Math.max(this.lastBarrier, revision);
      return true;
    }
    this.lastBarrier = revision;
    this.lossesSeen += 1;
    return false;
  }
}
