/**
 * Decides when another member may be expelled.
 *
 * Role: the formula, apart from timers, probes and writes: those are the caller's, who reports what it found with the time.
 * A peer (by its key) may be expelled when it is
 *  - *dead*: one probe, begun after its last renewal was received, found no responders and every address gone;
 *  - *gone*: no responders in every probe for `goneMs`, and its address never answered as that incarnation meanwhile;
 *  - *silent*: no renewal for `suspectMs`.
 * Invariants:
 *  - In every case 1.25 × the lease that it announces has passed since its last renewal was received (I5): whatever it sent
 *    before, it no longer believes that it may answer. The quarter is for clocks that run at different rates.
 *  - Every renewal received voids what was found before it.
 *  - *Gone* and *silent* go by the acknowledged clock, and are said only while that runs. *Dead* does not rest on silence.
 *  - A verdict is leave to try: deleting the key at the revision last seen fails if the peer renewed in between.
 */
import { AcknowledgedClock } from './acknowledged-clock.ts';

/** For clocks that run at different rates. */
export const LEASE_FACTOR = 1.25;
const PROBE_EVERY_MS = 50;

export interface FailureDetectorSettings {
  readonly heartbeatMs: number;
  readonly goneMs: number;
  readonly suspectMs: number;
}

export interface ProbeFinding {
  /** `unknown`: no answer in time. */
  readonly rpc: 'answered' | 'noResponders' | 'unknown';
  /** `gone`: every address refused or was answered by another incarnation of the same id. `alive`: one answered as this incarnation. */
  readonly address: 'gone' | 'alive' | 'unknown';
}

export interface Verdict {
  readonly key: string;
  readonly reason: 'dead' | 'gone' | 'silent';
}

/** Fields in `…At` are monotonic ms; those in `…Reading` are of the acknowledged clock. */
interface Peer {
  heardAt: number;
  heardReading: number;
  leaseOverAt: number;
  suspectedAt: number | null;
  probedAt: number;
  /** Of the probe in flight; null if there is none. */
  probeReading: number | null;
  foundDead: boolean;
  /** Probes without responders, in a row: from the first one's answer to the last one's start. */
  unanswered: { readonly fromReading: number; readonly untilReading: number } | null;
}

export class FailureDetector {
  private readonly settings: FailureDetectorSettings;
  private readonly clock: AcknowledgedClock;
  private readonly peers = new Map<string, Peer>();

  constructor(settings: FailureDetectorSettings) {
    this.settings = settings;
    this.clock = new AcknowledgedClock(settings);
  }

  /**
   * A revision of the peer's key that is *newer than any seen before* came in by the watch, a read or a failed delete. The first
   * one makes the peer known. `leaseMs` is what that revision announces.
   */
  renewalSeen(key: string, leaseMs: number, now: number): void {
    const known = this.peers.get(key);
    this.peers.set(key, {
      heardAt: now,
      heardReading: this.clock.reading(now),
      // A shorter lease announced now does not shorten the one that the renewal before gave.
      leaseOverAt: Math.max(known?.leaseOverAt ?? 0, now + LEASE_FACTOR * leaseMs),
      suspectedAt: known?.suspectedAt ?? null,
      probedAt: known?.probedAt ?? Number.NEGATIVE_INFINITY,
      probeReading: known?.probeReading ?? null,
      foundDead: false,
      unanswered: null,
    });
  }

  /** The key was deleted. */
  forget(key: string): void {
    this.peers.delete(key);
  }

  /** A forward to it was refused: it is probed at once, and on until it answers. */
  suspect(key: string, now: number): void {
    const peer = this.peers.get(key);
    if (peer !== undefined) peer.suspectedAt = now;
  }

  ownRenewalAcknowledged(now: number): void {
    this.clock.acknowledged(now);
  }

  /**
   * Keys to probe now; each counts as started, and the caller must report each with this same `now` as `startedAt`. None during
   * a gap of mine: who cannot renew sends nothing else.
   */
  probesDue(now: number): string[] {
    if (!this.clock.isRunning(now)) return [];
    const due: string[] = [];
    for (const [key, peer] of this.peers) {
      if (this.probeDueAt(peer) > now) continue;
      peer.probedAt = now;
      peer.probeReading = this.clock.reading(now);
      due.push(key);
    }
    return due;
  }

  /** What a probe found. Reports of a probe that is not in flight are ignored. */
  probed(key: string, { rpc, address }: ProbeFinding, startedAt: number, now: number): void {
    const peer = this.peers.get(key);
    if (peer === undefined || peer.probeReading === null || peer.probedAt !== startedAt) return;
    const untilReading = peer.probeReading;
    peer.probeReading = null;
    if (rpc === 'answered' && peer.suspectedAt !== null && peer.suspectedAt <= startedAt) peer.suspectedAt = null;
    if (startedAt <= peer.heardAt) return;
    peer.foundDead = rpc === 'noResponders' && address === 'gone';
    const fromReading = peer.unanswered?.fromReading ?? this.clock.reading(now);
    peer.unanswered = rpc === 'noResponders' && address !== 'alive' ? { fromReading, untilReading } : null;
  }

  /** Whom one may try to expel now, again at every call until it is forgotten or heard. */
  verdicts(now: number): Verdict[] {
    const verdicts: Verdict[] = [];
    for (const [key, peer] of this.peers) {
      const reason = now < peer.leaseOverAt ? null : this.judge(peer, now);
      if (reason !== null) verdicts.push({ key, reason });
    }
    return verdicts;
  }

  /** For how long no probe falls due and no new verdict comes without another call to this object; from 1 to `suspectMs`. */
  nextWakeMs(now: number): number {
    let wakeMs = this.settings.suspectMs;
    for (const peer of this.peers.values()) {
      if (this.clock.isRunning(now)) wakeMs = Math.min(wakeMs, this.probeDueAt(peer) - now);
      const verdictMs = this.msUntilVerdict(peer, now);
      // One that is over has been told already.
      if (verdictMs > 0) wakeMs = Math.min(wakeMs, verdictMs);
    }
    return Math.max(1, wakeMs);
  }

  private probeDueAt(peer: Peer): number {
    if (peer.probeReading !== null) return Number.POSITIVE_INFINITY;
    // A renewal is expected every heartbeat; two more make it late.
    const lateAt = peer.suspectedAt ?? peer.heardAt + 3 * this.settings.heartbeatMs;
    return Math.max(lateAt, peer.probedAt + PROBE_EVERY_MS);
  }

  private judge(peer: Peer, now: number): Verdict['reason'] | null {
    if (peer.foundDead) return 'dead';
    if (!this.clock.isRunning(now)) return null;
    if (this.isGone(peer)) return 'gone';
    return this.clock.reading(now) >= this.silentFrom(peer) ? 'silent' : null;
  }

  private isGone({ unanswered, heardAt }: Peer): boolean {
    if (unanswered === null) return false;
    const { fromReading, untilReading } = unanswered;
    return untilReading >= Math.max(fromReading + this.settings.goneMs, this.clock.graceOf(heardAt));
  }

  private silentFrom(peer: Peer): number {
    return Math.max(peer.heardReading + this.settings.suspectMs, this.clock.graceOf(peer.heardAt));
  }

  private msUntilVerdict(peer: Peer, now: number): number {
    const leaseMs = peer.leaseOverAt - now;
    const isFound = peer.foundDead || this.isGone(peer);
    return isFound ? leaseMs : Math.max(leaseMs, this.clock.msUntil(this.silentFrom(peer), now));
  }
}
