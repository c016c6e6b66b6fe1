/**
 * Time that runs only while my own renewals are acknowledged.
 *
 * Role: the clock by which the failure detector judges silence. A member that cannot write, or whose event loop stood still, has
 * not been listening either: such time says nothing about others.
 * Invariants:
 *  - Each acknowledgement lets it run for at most `gapAfterMs` = 2.5 × heartbeat; then it stands still until the next one. That is
 *    two renewals missed and half a heartbeat for a slow one; a blocked loop of 500 ms is a gap, one late renewal is not.
 *  - After a gap, members not heard since get a grace of min(suspectMs, gap) + 2 × heartbeat, by this clock: the first one
 *    to write after an outage must not expel those that come second.
 *  - A NATS that takes its time for *every* renewal must not give grace for ever, or a lost member would never be expelled: an
 *    interval is a gap only if it is also more than twice the shortest of the last four. (The clock then runs slower, that is all.)
 */
const INTERVALS_REMEMBERED = 4;

export interface AcknowledgedClockSettings {
  readonly heartbeatMs: number;
  readonly suspectMs: number;
}

export class AcknowledgedClock {
  private readonly gapAfterMs: number;
  private readonly settings: AcknowledgedClockSettings;
  private lastAckAt = Number.NEGATIVE_INFINITY;
  private readingAtAck = 0;
  /** Between the last acknowledgements. The zero makes the first ones strict: nothing is known of this NATS yet. */
  private intervals: readonly number[] = [0];
  private gapEndedAt = Number.NEGATIVE_INFINITY;
  private graceUntil = 0;

  constructor(settings: AcknowledgedClockSettings) {
    this.settings = settings;
    this.gapAfterMs = 2.5 * settings.heartbeatMs;
  }

  /** A renewal of mine has been acknowledged. Before the first one there was a gap without a beginning. */
  acknowledged(now: number): void {
    const interval = now - this.lastAckAt;
    this.readingAtAck = this.reading(now);
    this.lastAckAt = now;
    if (interval > Math.max(this.gapAfterMs, 2 * Math.min(...this.intervals))) {
      const { suspectMs, heartbeatMs } = this.settings;
      const grace = Math.min(suspectMs, interval) + 2 * heartbeatMs;
      this.gapEndedAt = now;
      this.graceUntil = Math.max(this.graceUntil, this.readingAtAck + grace);
    }
    this.intervals = [...this.intervals, interval].slice(-INTERVALS_REMEMBERED);
  }

  isRunning(now: number): boolean {
    return now - this.lastAckAt <= this.gapAfterMs;
  }

  /** What it shows, ms. */
  reading(now: number): number {
    const hasBegun = this.lastAckAt !== Number.NEGATIVE_INFINITY;
    return hasBegun ? this.readingAtAck + Math.min(now - this.lastAckAt, this.gapAfterMs) : 0;
  }

  /** The reading before which a member last heard at `heardAt` (monotonic ms) must not be judged by its silence. */
  graceOf(heardAt: number): number {
    return heardAt > this.gapEndedAt ? 0 : this.graceUntil;
  }

  /** Ms until it shows `reading`; infinite if it takes another acknowledgement. */
  msUntil(reading: number, now: number): number {
    const left = Math.max(0, reading - this.reading(now));
    return this.isRunning(now + left) ? left : Number.POSITIVE_INFINITY;
  }
}
