/**
 * Renews this incarnation's membership key, and with it the lease under which strong reads are answered.
 *
 * Role: one renewal in flight, every `heartbeatMs` when idle, at once when a read needs it.
 * Why the lease is short: letting it lapse costs the next reads one shared renewal; never anything else.
 * Invariants:
 *  - A renewal is never resent: in doubt the key is read, then renewed anew.
 *  - `ensure` resolves true only with a renewal that was sent after the call, or while the lease is valid by both clocks.
 *  - After `drop` the gate is shut until a renewal that is sent after it is acknowledged. That proves that the members bucket has not lost what
 *    this member wrote there: else the key has gone back, and no renewal lands. It proves nothing of other buckets, each a stream with a Raft
 *    group of its own: what those lost is found by the proof of the slots (sessions/slot-proof.ts) and the follow of their records alone.
 *  - After `end` the lease is never valid and every waiter has been told.
 */
import type { Lease as LeaseTerm } from '../../cluster/lease.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import type { Bucket, Entry } from '../../ports/store.ts';
import type { Renewal } from '../contract/cluster-time.ts';
import { pause } from '../kit/retry.ts';
import { readOrNothing, WRITE_ID } from '../store/settle.ts';
import { Renewals } from './renewals.ts';

const WRITE_TIMEOUT_MS = 2_000;
const RETRY_PAUSE_MS = 20;
/** A store that shows an older key than it acknowledged, for so long, has been rolled back. */
const ROLLBACK_AFTER_MS = 3_000;

export interface LeaseKeeperContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly members: Bucket;
  readonly key: string;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly goneMs: number;
  connected(): boolean;
  /** The value to write. */
  record(): Uint8Array;
  acknowledged(renewal: Renewal, sentWall: number): void;
  /** The key is gone, or the store went back behind it. */
  expelled(reason: 'expelled' | 'rolledBack', marker?: Entry): void;
}

interface Waiter {
  /** How many renewals had been sent when it came: none of those serves it. */
  readonly sentBefore: number;
  /** Whether a valid lease serves it as well. */
  readonly leaseWillDo: boolean;
  readonly resolve: (valid: boolean) => void;
}

type Phase =
  | { readonly is: 'renewing' | 'ended' }
  /** Until the next heartbeat, or until somebody needs a renewal. */
  | { readonly is: 'sleeping'; readonly timer: Timer; readonly wake: () => void };

export class LeaseKeeper {
  private readonly context: LeaseKeeperContext;
  private readonly term: LeaseTerm;
  private readonly renewals = new Renewals();
  private readonly gateWaiters: ((open: boolean) => void)[] = [];
  private readonly running: Promise<void>;
  private revision: number;
  private waiters: Waiter[] = [];
  private phase: Phase = { is: 'renewing' };
  private olderSince: number | null = null;

  constructor(context: LeaseKeeperContext, term: LeaseTerm, revision: number) {
    this.context = context;
    this.term = term;
    this.revision = revision;
    this.running = this.run();
  }

  /** Revision of the key as last acknowledged. */
  get keyRevision(): number {
    return this.revision;
  }

  /** Monotonic ms at which the last acknowledged renewal was sent. */
  get renewedAt(): number {
    return this.renewals.sentAt;
  }

  /** Asked by everyone who is about to read. */
  valid(): boolean {
    if (this.ended) return false;
    const now = this.context.clock.monotonic();
    // Renewed ahead while it is in use: otherwise all readers would wait each time it lapses.
    if (now - this.renewals.sentAt > this.context.leaseMs / 2) this.wake();
    return this.term.valid(now, this.context.clock.wall());
  }

  ensure(): Promise<boolean> {
    if (this.ended) return Promise.resolve(false);
    if (this.valid()) return Promise.resolve(true);
    this.context.meter.count('lease_lapses', {});
    return this.wait(true);
  }

  /** Resolves when a renewal that was sent after this call is acknowledged: true; false if that can no longer be. */
  renew(): Promise<boolean> {
    return this.wait(false);
  }

  /** Whether anything but renewals may be sent: true now, or later; false if never again. */
  gate(): boolean | Promise<boolean> {
    if (this.ended) return false;
    if (this.isHealthy()) return true;
    return new Promise((resolve) => {
      this.gateWaiters.push(resolve);
    });
  }

  isHealthy(): boolean {
    const isYoung = this.context.clock.monotonic() - this.renewals.sentAt < this.context.goneMs;
    return this.context.connected() && isYoung && this.renewals.isVerified;
  }

  /** The lease lapses, and the gate is shut, until the next renewal, which begins now. */
  drop(): void {
    this.renewals.drop();
    this.term.drop(this.context.clock.monotonic());
    this.wake();
  }

  /** Resolves once no renewal is in flight any more: `keyRevision` is the last one then. */
  end(): Promise<void> {
    if (this.ended) return this.running;
    this.drop();
    this.phase = { is: 'ended' };
    for (const waiter of this.waiters.splice(0)) waiter.resolve(false);
    for (const resolve of this.gateWaiters.splice(0)) resolve(false);
    return this.running;
  }

  private wait(leaseWillDo: boolean): Promise<boolean> {
    if (this.ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.waiters.push({ sentBefore: this.renewals.sent, leaseWillDo, resolve });
      this.wake();
    });
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      const landed = this.context.connected() && (await this.renewOnce());
      if (this.ended) return;
      if (!landed) await pause(this.context, RETRY_PAUSE_MS);
      else if (this.waiters.length === 0 && this.renewals.isVerified) await this.sleep();
    }
  }

  private async renewOnce(): Promise<boolean> {
    const { clock, members, key, meter } = this.context;
    const sentAt = clock.monotonic();
    const sentWall = clock.wall();
    const renewal = this.renewals.begin(sentAt);
    const outcome = await members.write(key, {
      value: this.context.record(),
      headers: { [WRITE_ID]: this.context.random.token(8) },
      expected: this.revision,
      timeoutMs: WRITE_TIMEOUT_MS,
    });
    meter.count('renewals', { outcome: outcome.kind });
    if (outcome.kind === 'landed') this.revision = outcome.revision;
    if (this.ended) return false;
    if (outcome.kind !== 'landed') {
      // Only a leader refuses a write: without that, an older entry is but what a follower without a leader shows.
      if (outcome.kind !== 'stale') this.olderSince = null;
      await this.lookAtKey(outcome.kind === 'stale');
      return false;
    }
    this.renewals.acknowledged(renewal);
    this.olderSince = null;
    this.term.granted(sentAt, sentWall);
    const acknowledgedAt = clock.monotonic();
    meter.observe('renewal_seconds', (acknowledgedAt - sentAt) / 1000, {});
    this.context.acknowledged({ revision: outcome.revision, sentAt, acknowledgedAt }, sentWall);
    this.serve();
    return true;
  }

  /** Wakes the reads that the renewal just acknowledged serves; the others wait for the next one. */
  private serve(): void {
    const valid = this.valid();
    const waiting = this.waiters;
    this.waiters = [];
    for (const waiter of waiting) {
      if (waiter.sentBefore < this.renewals.sent || (waiter.leaseWillDo && valid)) waiter.resolve(true);
      else this.waiters.push(waiter);
    }
    if (!this.renewals.isVerified) return;
    // However old the acknowledged renewal is: a slow NATS makes things slower, it must not stop them.
    for (const resolve of this.gateWaiters.splice(0)) resolve(true);
  }

  /** After a renewal in doubt: whatever live value stands there is one of ours; a marker means that we were expelled. */
  private async lookAtKey(isRefused: boolean): Promise<void> {
    const entry = await readOrNothing(this.context.members, this.context.key);
    if (entry === undefined || this.ended) return;
    if (entry !== null && entry.revision > this.revision) {
      if (entry.deleted) return this.context.expelled('expelled', entry);
      this.revision = entry.revision;
      this.olderSince = null;
    } else if (isRefused && (entry === null || entry.revision < this.revision)) {
      const now = this.context.clock.monotonic();
      this.olderSince ??= now;
      if (now - this.olderSince > ROLLBACK_AFTER_MS) this.context.expelled('rolledBack');
    }
  }

  private sleep(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.context.clock.after(this.context.heartbeatMs, () => this.wake());
      this.phase = { is: 'sleeping', timer, wake: resolve };
    });
  }

  private wake(): void {
    if (this.phase.is !== 'sleeping') return;
    const { timer, wake } = this.phase;
    this.phase = { is: 'renewing' };
    timer.cancel();
    wake();
  }

  private get ended(): boolean {
    return this.phase.is === 'ended';
  }
}
