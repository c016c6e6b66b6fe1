/**
 * Says when this machine's clock and that of NATS disagree, by the stamps on this member's own renewals.
 *
 * Why: nothing is decided by either clock alone (cluster-time.ts); people and certificates go by them nevertheless.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Entry } from '../../ports/store.ts';
import type { Incidents } from '../kit/incidents.ts';

/** What is told, and below what it is over: around one number alone it would be told again and again. */
const CLOCK_SKEW_MS = 500;
const CLOCK_AGREES_MS = 250;

export class ClockSkew {
  private readonly clock: Clock;
  private readonly incidents: Incidents;
  private acknowledged = { revision: 0, sentWall: 0 };
  private isSkewed = false;

  constructor(clock: Clock, incidents: Incidents) {
    this.clock = clock;
    this.incidents = incidents;
  }

  /** `sentWall`: by this machine's clock. */
  renewed(revision: number, sentWall: number): void {
    this.acknowledged = { revision, sentWall };
  }

  /** The watch showed an own renewal. */
  seen(entry: Pick<Entry, 'revision' | 'writtenAt'>): void {
    const now = this.clock.wall();
    const mostMs = this.isSkewed ? CLOCK_AGREES_MS : CLOCK_SKEW_MS;
    const isAhead = entry.writtenAt > now + mostMs;
    // When the watch is faster than the acknowledgement, nothing shows whether NATS' clock is behind: what was told stands.
    if (!isAhead && entry.revision !== this.acknowledged.revision) return;
    const isBehind = !isAhead && entry.writtenAt < this.acknowledged.sentWall - mostMs;
    if ((isAhead || isBehind) && !this.isSkewed) this.incidents.clockSkew(Math.round(now - entry.writtenAt));
    this.isSkewed = isAhead || isBehind;
  }
}
