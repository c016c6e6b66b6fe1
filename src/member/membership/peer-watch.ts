/**
 * Watches the other members and expels those that are gone.
 *
 * Role: performs what cluster/failure-detector.ts decides: probes, and the deletion of keys.
 * Invariants:
 *  - A peer is expelled only by deleting its key at the revision last seen; a renewal in between makes that fail (I5).
 *  - Nothing is sent while this member's own renewals are not acknowledged.
 */
import { FailureDetector, type FailureDetectorSettings } from '../../cluster/failure-detector.ts';
import type { Member } from '../../cluster/view.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Messaging } from '../../ports/messaging.ts';
import type { Bucket, Entry } from '../../ports/store.ts';
import { Backoff } from '../kit/backoff.ts';
import type { Incidents, Log } from '../kit/incidents.ts';
import type { RetryPolicy } from '../kit/retry.ts';
import { Tasks } from '../kit/tasks.ts';
import { readOrNothing } from '../store/settle.ts';
import { REMOVED_AT, type Shown } from './lost-key.ts';
import { probePeer } from './probe.ts';

const PROBE_TIMEOUT_MS = 100;
const REMOVE_TIMEOUT_MS = 1_000;
const SHORTEST_SLEEP_MS = 2;
/** A deletion that comes to nothing may do so at once. Always sooner than LOOKS_WITHIN_MS. */
const REMOVE_AGAIN: RetryPolicy = { firstMs: 20, factor: 2, longestMs: 250 };
/** A store that shows an older key than it did, for so long, has been rolled back. */
const ROLLBACK_AFTER_MS = 5_000;
/** Whoever may be expelled is tried more often than this. */
const LOOKS_WITHIN_MS = 1_000;

export interface PeerWatchContext {
  readonly clock: Clock;
  readonly messaging: Messaging;
  readonly members: Bucket;
  readonly settings: FailureDetectorSettings;
  readonly log: Log;
  readonly incidents: Incidents;
  member(key: string): Member | undefined;
  /** Whether this member's own renewals are acknowledged. */
  isHealthy(): boolean;
  /** An entry of the bucket that was learnt here and not by the watch. */
  learnt(entry: Shown): void;
  /** The store has lost what it had shown of a peer: nothing that we know of the others can be relied on. */
  rolledBack(key: string, known: number, found: number): void;
}

export class PeerWatch {
  private readonly context: PeerWatchContext;
  private readonly detector: FailureDetector;
  private readonly tasks: Tasks;
  private readonly expelling = new Set<string>();
  private readonly removals: Backoff;
  /** Keys of which the store shows nothing as new as what we know, and since when. */
  private readonly olderSince = new Map<string, { readonly since: number; readonly last: number }>();
  private timer: Timer | null = null;
  private ended = false;

  constructor(context: PeerWatchContext) {
    this.context = context;
    this.detector = new FailureDetector(context.settings);
    this.removals = new Backoff(context.clock, REMOVE_AGAIN);
    this.tasks = new Tasks(context.incidents);
  }

  start(): void {
    this.look();
  }

  stop(): void {
    this.ended = true;
    this.timer?.cancel();
  }

  ownRenewalAcknowledged(): void {
    this.detector.ownRenewalAcknowledged(this.context.clock.monotonic());
  }

  /** A revision of its key that is newer than any seen before. */
  renewalSeen(key: string, leaseMs: number): void {
    this.detector.renewalSeen(key, leaseMs, this.context.clock.monotonic());
  }

  forget(key: string): void {
    this.olderSince.delete(key);
    this.removals.succeeded(key);
    this.detector.forget(key);
  }

  /** A forward to it was refused: look at once. */
  suspect(key: string): void {
    this.detector.suspect(key, this.context.clock.monotonic());
    this.look();
  }

  /** Probes and expels whoever is due, and sets the timer for the next look. */
  private look(): void {
    if (this.ended) return;
    const { clock, settings } = this.context;
    const now = clock.monotonic();
    if (this.context.isHealthy()) {
      for (const key of this.detector.probesDue(now)) this.tasks.run(`probe of ${key}`, this.probe(key, now));
      for (const { key, reason } of this.detector.verdicts(now).filter((verdict) => this.removals.isOver(verdict.key)))
        this.tasks.run(`expulsion of ${key}`, this.expel(key, reason));
    }
    const wakeMs = Math.max(SHORTEST_SLEEP_MS, Math.min(this.detector.nextWakeMs(now), settings.heartbeatMs));
    this.timer?.cancel();
    this.timer = clock.after(wakeMs, () => this.look());
  }

  private async probe(key: string, startedAt: number): Promise<void> {
    const peer = this.context.member(key);
    if (peer === undefined) return this.detector.forget(key);
    const found = await probePeer(this.context, peer, PROBE_TIMEOUT_MS);
    if (this.ended) return;
    this.detector.probed(key, found, startedAt, this.context.clock.monotonic());
    this.look();
  }

  /** The store knows another revision than we do: a newer one, or, if it has lost writes, only older ones. */
  private compare(peer: Member, key: string, entry: Entry | null): void {
    if (entry !== null && entry.revision >= peer.revision) {
      this.olderSince.delete(key);
      this.context.learnt(entry);
      return;
    }
    const now = this.context.clock.monotonic();
    const older = this.olderSince.get(key);
    // An outage in between is no sign of a loss.
    const since = older !== undefined && now - older.last < LOOKS_WITHIN_MS ? older.since : now;
    this.olderSince.set(key, { since, last: now });
    if (now - since > ROLLBACK_AFTER_MS) this.context.rolledBack(key, peer.revision, entry?.revision ?? 0);
  }

  private async expel(key: string, reason: 'dead' | 'gone' | 'silent'): Promise<void> {
    const { members, log, incidents } = this.context;
    const peer = this.context.member(key);
    if (peer === undefined || this.expelling.has(key)) return;
    this.expelling.add(key);
    let isRemoved = false;
    try {
      const headers = { [REMOVED_AT]: String(peer.revision) };
      const outcome = await members.remove(key, { expected: peer.revision, headers, timeoutMs: REMOVE_TIMEOUT_MS });
      isRemoved = outcome.kind === 'landed';
      if (this.ended) return;
      if (outcome.kind === 'landed') {
        log.warn({ peer: peer.id, incarnation: peer.incarnation, reason }, 'expelled a member');
        incidents.count(`expelled_${reason}`);
        const marker = { key, revision: outcome.revision, deleted: true, value: new Uint8Array(0), writtenAt: 0 };
        this.context.learnt(marker);
      } else if (outcome.kind === 'stale') {
        const entry = await readOrNothing(members, key);
        if (entry !== undefined && !this.ended) this.compare(peer, key, entry);
      }
    } finally {
      this.expelling.delete(key);
      // Of what was forgotten meanwhile nothing is kept.
      if (!isRemoved && this.context.member(key) !== undefined) this.removals.failed(key);
    }
  }
}
