/**
 * The membership of one incarnation: joins, sees who else is there, leaves.
 *
 * Role: keeps the view up to date and the own key in the store; the lease keeper renews it, the peer watch looks after the others.
 * Invariants:
 *  - The key is written at expected revision 0: an incarnation that somebody already declared dead can never join.
 *  - Nothing is taken before the watch has passed the own key (`joined`).
 */
import { Lease as LeaseTerm } from '../cluster/lease.ts';
import {
  applyMemberEntry,
  emptyView,
  encodeMemberRecord,
  forgetDeparted,
  type MemberRecord,
  memberKey,
  readMemberRecord,
  type View,
} from '../cluster/view.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Messaging, Peer } from '../ports/messaging.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Bucket, Entry, Follow, Store } from '../ports/store.ts';
import { CLUSTER_KEY, StartRefused } from './cluster-key.ts';
import type { Announcement, ClusterTime } from './cluster-time.ts';
import { every } from './every.ts';
import type { Incidents, Log } from './incidents.ts';
import { Tasks } from './kit/tasks.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { PeerWatch, REMOVED_AT } from './peer-watch.ts';
import { probePeer } from './probe.ts';
import { type SettleContext, settle } from './settle.ts';

/** What is told, and below what it is over: around one number alone it would be told again and again. */
const CLOCK_SKEW_MS = 500;
const CLOCK_AGREES_MS = 250;
/** Pure guard against a watch that died without a sign. */
const RELIST_MS = 10_000;
const LEAVE_WITHIN_MS = 2_000;
/** Longer than NATS needs for an election and a watch for being listed again. */
const SHOWN_WITHIN_MS = 25_000;

export interface MembershipSettings {
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly goneMs: number;
  readonly suspectMs: number;
}

/** Why the cluster did without an incarnation: its key was deleted, or the store has lost what it relied on. */
export type Expulsion = 'expelled' | 'rolledBack';

export interface MembershipContext {
  readonly self: Peer;
  readonly store: Store;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly meter: Meter;
  readonly time: ClusterTime;
  readonly settings: MembershipSettings;
  /** What the key announces besides status and times. */
  readonly announcement: Pick<MemberRecord, 'addresses' | 'version' | 'stateVersions' | 'protocol' | 'module'>;
  viewChanged(): void;
  /** The watch showed the record of the cluster. */
  clusterSeen(entry: Entry): void;
  expelled(reason: Expulsion): void;
}

/** The newest value of a key, read, and when it was last written. */
interface Known {
  readonly value: Uint8Array;
  readonly record: MemberRecord;
  writtenAt: number;
}

export class Membership {
  readonly key: string;
  keeper: LeaseKeeper | null = null;
  private readonly context: MembershipContext;
  private readonly members: Bucket;
  private readonly peers: PeerWatch;
  private readonly startedAt: string;
  private readonly since = new Map<string, number>();
  /** The newest value of each key, read. */
  private readonly decoded = new Map<string, Known>();
  private current: View = emptyView();
  private status: MemberRecord['status'] = 'active';
  private createdRevision = 0;
  /** Of the first write of the own key; 0: it was sent and may land yet. Null: it was never sent. */
  private firstRevision: number | null = null;
  private follow: Follow | null = null;
  private relisting: Timer | null = null;
  private awaited: {
    readonly key: string;
    readonly resolve: () => void;
    readonly reject: (reason: Error) => void;
  } | null = null;
  private encoded: { readonly record: MemberRecord; readonly value: Uint8Array } | null = null;
  private readonly tasks: Tasks;
  private lastAcked = { revision: 0, sentWall: 0 };
  private skewed = false;
  private ended = false;

  constructor(context: MembershipContext) {
    this.context = context;
    this.key = memberKey(context.self.id, context.self.incarnation);
    this.members = context.store.bucket('members');
    this.tasks = new Tasks((name, error) => context.incidents.failed(name, error));
    this.peers = new PeerWatch({
      ...context,
      members: this.members,
      member: (key) => this.current.members.get(key),
      isHealthy: () => this.keeper?.isHealthy() ?? false,
      learnt: (entry) => this.learn(entry),
      rolledBack: (key, known, found) => this.expelled('rolledBack', { what: key, known, found }),
    });
    this.startedAt = new Date(context.clock.wall()).toISOString();
    context.time.rejoin();
  }

  get view(): View {
    return this.current;
  }

  get leaving(): boolean {
    return this.status === 'leaving';
  }

  /** Since when the member is seen active, monotonic ms. */
  activeSince(key: string): number {
    return this.since.get(key) ?? Number.POSITIVE_INFINITY;
  }

  /** Joins; resolves once the watch has passed the own key. Rejects with StartRefused if another process has this id. */
  async join(gate: SettleContext): Promise<void> {
    await this.seeEverything(gate);
    await this.refuseTwin();
    this.firstRevision = 0;
    const written = await settle(gate, { bucket: this.members, key: this.key, value: this.record(), expected: 0 });
    if (written.kind !== 'landed') throw new Error(`could not join: ${written.kind}`);
    this.createdRevision = written.revision;
    this.firstRevision = written.revision;
    this.keeper = new LeaseKeeper(
      {
        clock: this.context.clock,
        random: this.context.random,
        meter: this.context.meter,
        members: this.members,
        key: this.key,
        heartbeatMs: this.context.settings.heartbeatMs,
        leaseMs: this.context.settings.leaseMs,
        goneMs: this.context.settings.goneMs,
        connected: () => this.context.store.connected,
        record: () => this.record(),
        acknowledged: (renewal, sentWall) => {
          this.lastAcked = { revision: renewal.revision, sentWall };
          this.peers.ownRenewalAcknowledged();
          this.context.time.acknowledged(renewal, () => this.announcements());
          if (this.current.members.has(this.key)) this.shown(this.key);
        },
        expelled: (reason, marker) => {
          if (marker !== undefined) this.noticeLoss(marker);
          this.expelled(reason);
        },
      },
      new LeaseTerm(this.context.settings.leaseMs),
      written.revision,
    );
    await this.passing(this.key, () => undefined);
    this.peers.start();
  }

  /** Announces a change of status; resolves when it is acknowledged, false if we are out. Before and during a join it decides how that ends. */
  async setStatus(status: MemberRecord['status']): Promise<boolean> {
    this.status = status;
    const own = this.current.members.get(this.key);
    // Our own decisions follow at once, not when the watch brings the news.
    if (own !== undefined)
      this.see({ key: this.key, revision: own.revision, deleted: false, record: this.memberRecord() });
    this.context.viewChanged();
    return (await this.keeper?.renew()) ?? false;
  }

  /** A forward to it was refused: look at once. */
  suspect(key: string): void {
    if (key !== this.key) this.peers.suspect(key);
  }

  /** The lease and the watch end, and a join that is under way. */
  drop(): void {
    if (this.ended) return;
    this.ended = true;
    this.keeper?.drop();
    this.follow?.stop();
    this.relisting?.cancel();
    this.peers.stop();
    this.awaited?.reject(endedWhileJoining());
  }

  /** After the join, if there was one, has come to its end. With `remove` the own key goes as well (slots must be dropped before). */
  async leave(remove: boolean): Promise<void> {
    this.drop();
    await this.keeper?.end();
    const revision = this.keeper?.keyRevision ?? this.firstRevision;
    if (remove && revision !== null) await this.removeKey(revision);
  }

  /** Tries for a while: whoever stays finds out that we are gone in any case. */
  private async removeKey(revision: number): Promise<void> {
    const { clock, random, store, incidents } = this.context;
    const until = clock.monotonic() + LEAVE_WITHIN_MS;
    const gate: SettleContext = {
      clock,
      random,
      retried: (reason) => incidents.retried(reason),
      gate: () => store.connected && clock.monotonic() < until,
    };
    for (let expected = revision; ; ) {
      const settled = await settle(gate, { bucket: this.members, key: this.key, value: null, expected });
      // A renewal that had no answer may have landed after all.
      if (settled.kind !== 'conflict' || settled.entry.deleted) return;
      expected = settled.entry.revision;
    }
  }

  /** Makes certain that an owner nobody knows can never act: its key is a deletion marker from now on, or shows what it is. */
  async verify(ownerKey: string, gate: SettleContext): Promise<void> {
    // It lands only where the store knows of no such key: an owner that had one learns by this that it was lost.
    const marker = { value: null, headers: { [REMOVED_AT]: '0' }, expected: 0 };
    const settled = await settle(gate, { bucket: this.members, key: ownerKey, ...marker });
    if (settled.kind === 'landed') this.seeMarker(ownerKey, settled.revision);
    else if (settled.kind === 'conflict') this.learn(settled.entry);
  }

  /** Their markers are purged. */
  forget(keys: readonly string[]): void {
    this.current = forgetDeparted(this.current, keys);
  }

  /** Reads the bucket once to its end: a marker under a throw-away incarnation shows where that is. */
  private async seeEverything(gate: SettleContext): Promise<void> {
    const barrier = memberKey(this.context.self.id, this.context.random.token(12));
    await this.passing(barrier, () => {
      this.follow = this.members.follow({
        prefixes: [],
        headersOnly: false,
        onPass: (pass) => {
          if (pass > 1) this.keeper?.drop();
        },
        onEntry: (entry) => this.onEntry(entry),
      });
      // From the start: a watch that lost its way must not keep us from joining either.
      this.relisting = every(this.context.clock, RELIST_MS, () => this.follow?.restart());
      this.tasks.run(
        'a barrier in the members bucket',
        settle(gate, { bucket: this.members, key: barrier, value: null, expected: 0 }),
      );
    });
  }

  private passing(key: string, start: () => void): Promise<void> {
    if (this.ended) return Promise.reject(endedWhileJoining());
    if (this.current.members.has(key) && this.isTimed(key)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const fail = (reason: Error) => {
        timer.cancel();
        reject(reason);
      };
      // What was written may be lost again by NATS: then the join begins anew.
      const late = new Error(`the watch did not show ${key} within ${SHOWN_WITHIN_MS} ms`);
      const timer = this.context.clock.after(SHOWN_WITHIN_MS, () => fail(late));
      const shown = () => {
        timer.cancel();
        resolve();
      };
      this.awaited = { key, resolve: shown, reject: fail };
      start();
    });
  }

  private async refuseTwin(): Promise<void> {
    const { self } = this.context;
    for (const member of this.current.members.values()) {
      if (member.id !== self.id || member.record.status !== 'active') continue;
      const { rpc, address } = await probePeer(this.context, member, 500);
      if (rpc === 'answered' || address === 'alive') {
        throw new StartRefused(
          `another process runs as member "${self.id}" (incarnation ${member.incarnation}): member ids must be unique`,
        );
      }
    }
  }

  private onEntry(entry: Entry): void {
    if (entry.key === CLUSTER_KEY && !entry.deleted && !this.ended) this.context.clusterSeen(entry);
    if (entry.key === this.key && entry.deleted && !this.ended) this.noticeLoss(entry);
    this.learn(entry);
    if (entry.key === this.key && !entry.deleted) {
      this.compareClocks(entry);
      this.context.time.seen(entry, () => this.announcements());
    }
    this.shown(entry.key);
  }

  /** Nothing can be decided before there is a time to decide by: that comes with one's own key. */
  private isTimed(key: string): boolean {
    return key !== this.key || this.context.time.isCompared;
  }

  private shown(key: string): void {
    if (this.awaited?.key !== key || !this.isTimed(key)) return;
    const { resolve } = this.awaited;
    this.awaited = null;
    resolve();
  }

  /** What the others say about their clocks. */
  private *announcements(): Iterable<Announcement> {
    for (const [key, { record, writtenAt }] of this.decoded) {
      if (key !== this.key && record.clock) yield { held: record.clock, writtenAt };
    }
  }

  private learn(entry: Omit<Entry, 'headers'>): void {
    if (this.ended || entry.key === CLUSTER_KEY) return;
    if (entry.deleted) this.seeMarker(entry.key, entry.revision);
    else this.seeMember(entry);
  }

  private seeMember(entry: Omit<Entry, 'headers'>): void {
    const record = this.recordOf(entry);
    const known = this.current.members.get(entry.key)?.revision ?? 0;
    this.see({ key: entry.key, revision: entry.revision, deleted: false, record });
    if (entry.key !== this.key && entry.revision > known) this.peers.renewalSeen(entry.key, record.leaseMs);
  }

  /** Nearly every entry is a renewal, which says what the one before it said. */
  private recordOf({ key, value, writtenAt }: Omit<Entry, 'headers'>): MemberRecord {
    const last = this.decoded.get(key);
    if (last !== undefined && isSame(last.value, value)) {
      last.writtenAt = writtenAt;
      return last.record;
    }
    const { record, problem } = readMemberRecord(value);
    if (problem !== null) this.context.incidents.unreadable(key, problem);
    this.decoded.set(key, { value, record, writtenAt });
    return record;
  }

  private seeMarker(key: string, revision: number): void {
    this.peers.forget(key);
    this.decoded.delete(key);
    this.see({ key, revision, deleted: true, record: null });
    const own = this.keeper?.keyRevision;
    if (key === this.key && own !== undefined && revision > own) this.expelled('expelled');
  }

  private see(entry: Parameters<typeof applyMemberEntry>[1]): void {
    const before = this.current;
    this.current = applyMemberEntry(before, entry);
    if (this.current === before) return;
    const now = this.context.clock.monotonic();
    for (const [key, member] of this.current.members) {
      if (member.record.status === 'active' && !this.since.has(key)) this.since.set(key, now);
    }
    for (const key of this.since.keys()) {
      if (this.current.members.get(key)?.record.status !== 'active') this.since.delete(key);
    }
    this.context.viewChanged();
  }

  private expelled(reason: Expulsion, loss = { what: this.key, known: this.keeper?.keyRevision ?? 0, found: 0 }): void {
    if (this.ended) return;
    if (reason === 'rolledBack') this.context.incidents.rolledBack(loss.what, loss.known, loss.found);
    this.context.expelled(reason);
  }

  /** We were expelled at a revision of our key below the one that was acknowledged to us. */
  private noticeLoss({ headers }: Entry): void {
    const known = this.keeper?.keyRevision ?? 0;
    const found = Number(headers[REMOVED_AT] ?? Number.POSITIVE_INFINITY);
    if (found < known) this.context.incidents.rolledBack(this.key, known, found);
  }

  private compareClocks(entry: Entry): void {
    const now = this.context.clock.wall();
    const mostMs = this.skewed ? CLOCK_AGREES_MS : CLOCK_SKEW_MS;
    const isAhead = entry.writtenAt > now + mostMs;
    // When the watch is faster than the acknowledgement, nothing shows whether NATS' clock is behind: what was told stands.
    if (!isAhead && entry.revision !== this.lastAcked.revision) return;
    const isBehind = !isAhead && entry.writtenAt < this.lastAcked.sentWall - mostMs;
    if ((isAhead || isBehind) && !this.skewed) this.context.incidents.clockSkew(Math.round(now - entry.writtenAt));
    this.skewed = isAhead || isBehind;
  }

  private memberRecord(): MemberRecord {
    const { announcement, settings } = this.context;
    const { status, startedAt, createdRevision } = this;
    const clock = this.context.time.announcement;
    return { ...announcement, status, startedAt, createdRevision, leaseMs: settings.leaseMs, clock };
  }

  private record(): Uint8Array {
    const record = this.memberRecord();
    const { encoded } = this;
    const isSame =
      encoded?.record.status === record.status &&
      encoded.record.createdRevision === record.createdRevision &&
      encoded.record.clock === record.clock;
    if (isSame) return encoded.value;
    this.encoded = { record, value: encodeMemberRecord(record) };
    return this.encoded.value;
  }
}

function endedWhileJoining(): Error {
  return new Error('the incarnation ended while it was joining');
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
