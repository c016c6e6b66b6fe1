/**
 * The membership of one incarnation: joins, sees who else is there, leaves.
 *
 * Role: keeps the view up to date and the own key in the store; the lease keeper renews it, the peer watch looks after the others.
 * Invariants:
 *  - The key is written at expected revision 0: an incarnation that somebody already declared dead can never join.
 *  - Nothing is taken before the watch has passed the own key (`joined`).
 */
import { Lease as LeaseTerm } from '../../cluster/lease.ts';
import {
  applyMemberEntry,
  CLUSTER_KEY,
  emptyView,
  forgetDeparted,
  type MemberRecord,
  memberKey,
  type View,
} from '../../cluster/view.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Messaging, Peer } from '../../ports/messaging.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import type { Bucket, Entry, Follow, Store } from '../../ports/store.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import { every } from '../kit/every.ts';
import type { Incidents, Log } from '../kit/incidents.ts';
import { sleep } from '../kit/retry.ts';
import { Tasks } from '../kit/tasks.ts';
import { type SettleContext, settle } from '../store/settle.ts';
import { AwaitedKey } from './awaited-key.ts';
import { ClockSkew } from './clock-skew.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { markLost, outlastMs, type Shown, tellLoss } from './lost-key.ts';
import { MemberRecords } from './member-records.ts';
import { refuseTwin, removeKey } from './own-key.ts';
import { type OwnAnnouncement, OwnRecord } from './own-record.ts';
import { PeerWatch } from './peer-watch.ts';

/** Pure guard against a watch that died without a sign. */
const RELIST_MS = 10_000;
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
  readonly announcement: OwnAnnouncement;
  viewChanged(): void;
  /** The watch showed the record of the cluster. */
  clusterSeen(entry: Entry): void;
  expelled(reason: Expulsion): void;
}

export class Membership {
  readonly key: string;
  keeper: LeaseKeeper | null = null;
  private readonly context: MembershipContext;
  private readonly members: Bucket;
  private readonly peers: PeerWatch;
  private readonly own: OwnRecord;
  private readonly records: MemberRecords;
  private readonly skew: ClockSkew;
  private readonly awaited: AwaitedKey;
  private readonly since = new Map<string, number>();
  private current: View = emptyView();
  /** Of the first write of the own key; 0: it was sent and may land yet. Null: it was never sent. */
  private firstRevision: number | null = null;
  private follow: Follow | null = null;
  private relisting: Timer | null = null;
  private readonly tasks: Tasks;
  private ended = false;

  constructor(context: MembershipContext) {
    this.context = context;
    this.key = memberKey(context.self.id, context.self.incarnation);
    this.members = context.store.bucket('members');
    this.tasks = new Tasks(context.incidents);
    this.peers = new PeerWatch({
      ...context,
      members: this.members,
      member: (key) => this.current.members.get(key),
      isHealthy: () => this.keeper?.isHealthy() ?? false,
      learnt: (entry) => this.learn(entry),
      rolledBack: (key, known, found) => this.expelled('rolledBack', { what: key, known, found }),
    });
    this.own = new OwnRecord(context);
    this.records = new MemberRecords(context.incidents);
    this.skew = new ClockSkew(context.clock, context.incidents);
    this.awaited = new AwaitedKey(context.clock);
    context.time.rejoin();
  }

  get view(): View {
    return this.current;
  }

  get leaving(): boolean {
    return this.own.status === 'leaving';
  }

  /** Since when the member is seen active, monotonic ms. */
  activeSince(key: string): number {
    return this.since.get(key) ?? Number.POSITIVE_INFINITY;
  }

  /** Joins; resolves once the watch has passed the own key. Rejects with StartRefused if another process has this id. */
  async join(gate: SettleContext): Promise<void> {
    await this.seeEverything(gate);
    await refuseTwin(this.context, this.current);
    this.firstRevision = 0;
    const written = await settle(gate, { bucket: this.members, key: this.key, value: this.own.encode(), expected: 0 });
    if (written.kind !== 'landed') throw new Error(`could not join: ${written.kind}`);
    this.own.createdRevision = written.revision;
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
        record: () => this.own.encode(),
        acknowledged: (renewal, sentWall) => {
          this.skew.renewed(renewal.revision, sentWall);
          this.peers.ownRenewalAcknowledged();
          this.context.time.acknowledged(renewal, () => this.records.heard(this.key));
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
    this.own.status = status;
    const own = this.current.members.get(this.key);
    // Our own decisions follow at once, not when the watch brings the news.
    if (own !== undefined) this.see({ key: this.key, revision: own.revision, deleted: false, record: this.own.now });
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
    this.awaited.end();
  }

  /** After the join, if there was one, has come to its end. With `remove` the own key goes as well (slots must be dropped before). */
  async leave(remove: boolean): Promise<void> {
    this.drop();
    await this.keeper?.end();
    const revision = this.keeper?.keyRevision ?? this.firstRevision;
    if (remove && revision !== null) await removeKey(this.context, this.key, revision);
  }

  /** Makes certain that an owner nobody knows can never act: its key is a deletion marker from now on, or shows what it is. */
  async verify(ownerKey: string, gate: SettleContext): Promise<void> {
    const shown = await markLost(gate, this.members, ownerKey);
    if (shown !== null) await this.learn(shown);
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
    if (!this.ended && this.current.members.has(key) && this.isTimed(key)) return Promise.resolve();
    return this.awaited.until(key, start);
  }

  private onEntry(entry: Entry): void {
    if (entry.key === CLUSTER_KEY && !entry.deleted && !this.ended) this.context.clusterSeen(entry);
    if (entry.key === this.key && entry.deleted && !this.ended) this.noticeLoss(entry);
    this.learn(entry);
    if (entry.deleted) this.records.marked(entry);
    else if (entry.key === this.key) {
      this.skew.seen(entry);
      this.context.time.seen(entry, () => this.records.heard(this.key));
    }
    this.shown(entry.key);
  }

  /** Nothing can be decided before there is a time to decide by: that comes with one's own key. */
  private isTimed(key: string): boolean {
    return key !== this.key || this.context.time.isCompared;
  }

  private shown(key: string): void {
    if (this.awaited.isFor(key) && this.isTimed(key)) this.awaited.shown();
  }

  private learn(entry: Shown): void | Promise<void> {
    if (this.ended || entry.key === CLUSTER_KEY) return;
    if (!entry.deleted) return this.seeMember(entry);
    const waitMs = entry.key === this.key ? 0 : outlastMs(entry, this.current, this.context.settings.leaseMs);
    if (waitMs === 0) return this.seeMarker(entry.key, entry.revision);
    const outlasted = sleep(this.context.clock, waitMs).then(() => this.learn({ ...entry, headers: {} }));
    this.tasks.run(`the marker of ${entry.key}`, outlasted);
    return outlasted;
  }

  private seeMember(entry: Shown): void {
    const record = this.records.read(entry);
    const known = this.current.members.get(entry.key)?.revision ?? 0;
    this.see({ key: entry.key, revision: entry.revision, deleted: false, record });
    if (entry.key !== this.key && entry.revision > known) this.peers.renewalSeen(entry.key, record.leaseMs);
  }

  private seeMarker(key: string, revision: number): void {
    this.peers.forget(key);
    this.records.forget(key);
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
    for (const key of this.since.keys())
      if (this.current.members.get(key)?.record.status !== 'active') this.since.delete(key);
    this.context.viewChanged();
  }

  private expelled(reason: Expulsion, loss = { what: this.key, known: this.keeper?.keyRevision ?? 0, found: 0 }): void {
    if (this.ended) return;
    if (reason === 'rolledBack') this.context.incidents.rolledBack(loss.what, loss.known, loss.found);
    this.context.expelled(reason);
  }

  /** We were expelled at a revision of our key below the one that was acknowledged to us. */
  private noticeLoss(marker: Entry): void {
    tellLoss(this.context.incidents, marker, this.keeper?.keyRevision ?? 0);
  }
}
