/**
 * When a request was received, at the earliest.
 *
 * Role: the receive time that goes with every command, by which a copy that was stuck somewhere is told from a new command (I6).
 * Why not simply now: a process that stood still (SIGSTOP, a blocked event loop) reads afterwards what has waited in its sockets meanwhile.
 * Its client may long have got an answer elsewhere, and gone on.
 * Invariant: no request is given a time later than the one at which it reached this process, if that has stood still for `GAP_MS` or more.
 * A machine that slept with its monotonic clock gives times from before: cluster time goes on from there until the other members correct it.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import { every } from './every.ts';

const MARK_MS = 100;
const GAP_MS = 250;
/** How long after a gap requests may still come out of the sockets that had waited. */
const BACKLOG_MS = 1_000;

/** All times are monotonic ms. */
export class ReceiveClock {
  private readonly clock: Clock;
  /** When the process was last known to be running. */
  private mark: number;
  private readonly marking: Timer;
  private gap: { readonly from: number; readonly until: number } | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
    this.mark = clock.monotonic();
    this.marking = every(clock, MARK_MS, () => this.setMark());
  }

  stop(): void {
    this.marking.cancel();
  }

  receivedAt(): number {
    this.setMark();
    return this.backlogFrom() ?? this.mark;
  }

  private setMark(): void {
    const now = this.clock.monotonic();
    if (now - this.mark >= GAP_MS) this.gap = { from: this.backlogFrom() ?? this.mark, until: now };
    this.mark = now;
  }

  /** Since when what comes out of the sockets now may have waited there; null: it has just come. */
  private backlogFrom(): number | null {
    const { gap, mark } = this;
    return gap !== null && mark < gap.until + BACKLOG_MS ? gap.from : null;
  }
}
