/**
 * When a request was received, at the earliest.
 *
 * Role: the receive time that goes with every command, by which a copy that was stuck somewhere is told from a new command (I6).
 * Why not simply now: a process that stood still (SIGSTOP, a blocked event loop, a sleeping machine) reads afterwards what has waited in its
 * sockets meanwhile. Its client may long have got an answer elsewhere, and gone on.
 * Invariant: no request is given a time later than the one at which it reached this process, if that has stood still for `GAP_MS` or more.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import { every } from './every.ts';

const MARK_MS = 100;
const GAP_MS = 250;
/** How long after a gap requests may still come out of the sockets that had waited. */
const BACKLOG_MS = 1_000;

export class ReceiveClock {
  private readonly clock: Clock;
  /** When the process was last known to be running. */
  private mark: { readonly monotonic: number; readonly wall: number };
  private readonly marking: Timer;
  private gap: { readonly fromWall: number; readonly untilMonotonic: number } | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
    this.mark = { monotonic: clock.monotonic(), wall: clock.wall() };
    this.marking = every(clock, MARK_MS, () => this.setMark());
  }

  stop(): void {
    this.marking.cancel();
  }

  /** Wall ms. */
  receivedAt(): number {
    this.setMark();
    const { gap, mark } = this;
    return gap !== null && mark.monotonic < gap.untilMonotonic + BACKLOG_MS ? gap.fromWall : mark.wall;
  }

  private setMark(): void {
    const now = { monotonic: this.clock.monotonic(), wall: this.clock.wall() };
    const { mark, gap } = this;
    // A machine that slept may have stopped its monotonic clock.
    const stoodStillMs = Math.max(now.monotonic - mark.monotonic, now.wall - mark.wall);
    if (stoodStillMs >= GAP_MS) {
      const isStillBacklog = gap !== null && mark.monotonic < gap.untilMonotonic + BACKLOG_MS;
      this.gap = { fromWall: isStillBacklog ? gap.fromWall : mark.wall, untilMonotonic: now.monotonic };
    }
    this.mark = now;
  }
}
