/**
 * One incarnation of this member: its membership, its slots, its sessions, and what it answers to its peers.
 *
 * Role: everything that has to be dropped together when the member finds itself expelled.
 * Invariants:
 *  - It ends once, for the reason that came first; from `finish` on nothing of it writes, serves or answers.
 *  - After `leave` nothing of it goes on; the next incarnation starts from nothing.
 */
import type { GameCommand } from '../game/commands.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Messaging, Peer, Subscription } from '../ports/messaging.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Entry, Store } from '../ports/store.ts';
import type { Traced } from '../ports/tracing.ts';
import type { CommittedGame } from '../session/committed-game.ts';
import type { Rules } from '../session/rules.ts';
import { startChores } from './chores.ts';
import type { ClusterTime } from './contract/cluster-time.ts';
import type { ReadOperation } from './contract/gateway.ts';
import type { HostAnswer } from './contract/host-answers.ts';
import type { Joined } from './contract/joined.ts';
import type { NoticeSource } from './contract/outbox.ts';
import type { Presence } from './contract/presence.ts';
import type { RoutedOperation } from './contract/rpc.ts';
import type { Incidents, Log } from './kit/incidents.ts';
import { Progress } from './kit/progress.ts';
import type { RequestLog } from './kit/request-log.ts';
import { Tasks } from './kit/tasks.ts';
import { statsOf } from './measurements.ts';
import { agree, type ClusterRecord, PROTOCOL, refuseOlder, versionsOf } from './membership/cluster-key.ts';
import { listenToSelf } from './membership/hearing.ts';
import { type Expulsion, Membership, type MembershipSettings } from './membership/membership.ts';
import { WrittenVersions } from './membership/written-versions.ts';
import { PeerRequests } from './peer-requests.ts';
import { performHere } from './perform-here.ts';
import { SessionHost } from './sessions/session-host.ts';
import { SlotAgent } from './slots/slot-agent.ts';
import type { SettleContext } from './store/settle.ts';
import { StuckWatch } from './stuck-watch.ts';
import { type Webhook, WebhookOutbox } from './webhooks/webhook-outbox.ts';

export interface IncarnationSettings extends MembershipSettings {
  readonly slots: number;
  readonly rebalanceDelayMs: number;
  readonly idleMs: number;
  readonly stuckMs: number;
  readonly gameRollbackMs: number;
}

export interface IncarnationContext<State> extends Traced {
  readonly store: Store;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly time: ClusterTime;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  readonly settings: IncarnationSettings;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly requestLog: RequestLog;
  readonly meter: Meter;
  readonly addresses: readonly string[];
  readonly appVersion: string;
  readonly webhook: Webhook | null;
  recordChanged(slot: number): void;
  /** A session of ours was committed. */
  updated(gameId: string, game: CommittedGame<State>): void;
  /** Others follow a game of ours than before. */
  followed(gameId: string, presence: Presence): void;
  /** An operator asks this member, by another one, to hand everything off (or to take slots again). The reason if that is void. */
  cordon(on: boolean, deadline: number): string | null;
}

/** Why it ends: the cluster did without it (the first four), it could not join, or it is to stop. */
export type Ending = Expulsion | 'deaf' | 'outdated' | 'not joined' | 'stopped';

export class Incarnation<State> implements Joined {
  readonly self: Peer;
  readonly membership: Membership;
  readonly slots: SlotAgent;
  readonly host: SessionHost<State>;
  /** Null: no webhook is told of anything. */
  readonly outbox: WebhookOutbox | null;
  readonly progress: Progress;
  readonly stuck: StuckWatch;
  private readonly context: IncarnationContext<State>;
  private readonly tasks: Tasks;
  private readonly gate: SettleContext;
  private readonly written: WrittenVersions;
  private readonly requests: PeerRequests;
  private subscription: Subscription | null = null;
  /** Null until it has joined. */
  private endChores: (() => void) | null = null;
  private hearing: Timer | null = null;
  private readonly aborted = new AbortController();
  private nowOver: () => void = () => undefined;
  /** Resolves at its end. */
  readonly over: Promise<void>;
  /** Null while it lives. */
  ending: Ending | null = null;

  constructor(self: Peer, context: IncarnationContext<State>) {
    const { store, clock, random, messaging, incidents, settings, rules, webhook } = context;
    this.self = self;
    this.context = context;
    this.tasks = new Tasks(incidents);
    this.over = new Promise((resolve) => {
      this.nowOver = resolve;
    });
    this.written = new WrittenVersions(versionsOf(rules), incidents, context.log);
    this.progress = new Progress(clock);
    this.stuck = new StuckWatch({ ...context, progress: this.progress, stuckMs: settings.stuckMs });
    this.membership = new Membership({
      ...context,
      self,
      announcement: {
        addresses: [...context.addresses],
        version: context.appVersion,
        stateVersions: { min: 1, max: rules.stateVersion },
        protocol: { min: 1, max: PROTOCOL },
        module: rules.module,
      },
      viewChanged: () => this.slots.viewChanged(),
      clusterSeen: (entry) => this.clusterSeen(entry),
      expelled: (reason) => this.finish(reason),
    });
    this.gate = {
      clock,
      random,
      retried: (reason) => incidents.retried(reason),
      gate: () => !this.ended && (this.membership.keeper?.gate() ?? true),
    };
    const source: NoticeSource = {
      next: (...of) => this.host.webhooks.notices.next(...of),
      told: (...of) => this.host.webhooks.notices.told(...of),
      keep: (...of) => this.host.webhooks.notices.keep(...of),
    };
    this.outbox = webhook && new WebhookOutbox({ ...context, webhook, source });
    this.host = new SessionHost(
      {
        ...this.gate,
        time: context.time,
        messaging,
        incidents,
        outbox: this.outbox,
        meter: context.meter,
        tracing: context.tracing,
        progress: this.progress,
        rules,
        ended: this.aborted.signal,
        sessions: store.bucket('sessions'),
        archive: store.bucket('archive'),
        stamp: { owner: self.id, incarnation: self.incarnation, epoch: 0 },
        self: self.id,
        lease: {
          valid: () => this.membership.keeper?.valid() ?? false,
          ensure: () => this.membership.keeper?.ensure() ?? Promise.resolve(false),
        },
        updated: (gameId, game) => context.updated(gameId, game),
        followed: (gameId, presence) => context.followed(gameId, presence),
        written: () => this.written.now,
        fenced: (slot, epoch) => this.slots.fenced(slot, epoch),
      },
      settings,
    );
    this.slots = new SlotAgent({
      ...context,
      ...this.gate,
      ...settings,
      progress: this.progress,
      self,
      membership: this.membership,
      host: this.host,
      rolledBack: () => this.finish('rolledBack'),
    });
    this.requests = new PeerRequests({
      self,
      time: context.time,
      incidents,
      offered: () => (this.membership.leaving || this.ended ? 'leaving' : null),
      revisionOf: (slot) => this.slots.table.revision(slot),
      refresh: (slot) => this.slots.refresh(slot),
      publishFor: (gameId) => this.host.publishFor(gameId),
      execute: (slot, operation, deadline) => this.execute(slot, operation, deadline),
      transferred: (request, body) => this.slots.stashes.add(request, body),
      page: (query) => this.page(query),
      stats: () => statsOf(this, incidents),
      cordon: (on, deadline) => context.cordon(on, deadline),
    });
  }

  /** Whether it is to own slots; told to the others with the next renewal, which begins now. */
  announce(status: 'active' | 'leaving'): void {
    this.tasks.run(`announcing that it is ${status}`, this.membership.setStatus(status));
  }

  /** Joins and begins to take its share. Rejects with StartRefused, or because it was ended meanwhile. */
  async start(status: 'active' | 'leaving'): Promise<void> {
    // Before anything is waited for: an operator may change his mind meanwhile.
    this.announce(status);
    const { store, messaging, rules, settings } = this.context;
    const buckets = { members: store.bucket('members'), slots: store.bucket('slots') };
    const cluster = await agree(this.gate, buckets, { ...rules, slots: settings.slots });
    this.written.follow(cluster.written);
    this.checkAlive();
    this.subscription = messaging.answer(this.self, (payload) => this.requests.answer(payload));
    await this.membership.join(this.gate);
    this.checkAlive();
    // Whoever shut older members out meanwhile may not have seen this one come: the watch has shown the record before our own key.
    const seen = this.written.seen?.record ?? cluster;
    refuseOlder(seen, rules);
    this.written.follow(seen.written);
    this.slots.start();
    this.endChores = this.startChores();
    this.hearing = this.listenToSelf();
  }

  private get ended(): boolean {
    return this.ending !== null;
  }

  private checkAlive(): void {
    if (this.ended) throw new Error('ended while joining');
  }

  /** Drops everything, at once. What has ended already stays as it is. */
  finish(reason: Ending): void {
    if (this.ended) return;
    this.ending = reason;
    this.aborted.abort();
    this.slots.stop();
    this.host.stop();
    this.outbox?.stop();
    this.endChores?.();
    this.hearing?.cancel();
    this.stuck.stop();
    this.membership.drop();
    this.nowOver();
  }

  /** After `finish`. The membership key goes last, so that others may act at once; one that was expelled has none. */
  async leave(): Promise<void> {
    await this.membership.leave(this.ending !== 'expelled');
    this.subscription?.stop();
  }

  /** What the cluster writes, and what a member has to speak to be let in; null: it was not shown yet. */
  get versions(): Pick<ClusterRecord, 'minimum' | 'written'> | null {
    return this.written.shown;
  }

  readNow(slot: number, operation: ReadOperation): HostAnswer | null {
    return this.host.get(slot)?.readNow(operation) ?? null;
  }

  /** An operation on a session that may be ours. Never rejects. */
  execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    return performHere(this.context, this.host, slot, operation, deadline);
  }

  /** What this incarnation can list, under a lease that was valid after the question came. */
  async page(query: Parameters<SessionHost<State>['page']>[0]): Promise<ReturnType<SessionHost<State>['page']>> {
    const held = await this.membership.keeper?.ensure();
    return held ? this.host.page(query) : { slots: [], games: [] };
  }

  private clusterSeen(entry: Entry): void {
    this.written.see(entry);
    // It cannot come to that while the protocol holds; a member that reads no game must not hold any.
    if (this.endChores !== null && this.written.isAbove) this.finish('outdated');
  }

  private startChores(): () => void {
    const { store, settings, rules } = this.context;
    return startChores({
      ...this.context,
      members: store.bucket('members'),
      membership: this.membership,
      gate: this.gate,
      game: rules.module.name,
      gameRollbackMs: settings.gameRollbackMs,
      seenRecord: () => this.written.seen,
      isOnDuty: () => !this.ended && this.slots.ring.members[0] === this.self.id,
      isNamedByRecord: (key) => this.slots.table.isNamed(key),
    });
  }

  private listenToSelf(): Timer {
    const { clock, messaging, settings, store } = this.context;
    return listenToSelf({
      self: this.self,
      clock,
      messaging,
      deafMs: settings.suspectMs,
      isHealthy: () => store.connected && this.membership.keeper?.isHealthy() === true,
      deaf: () => this.finish('deaf'),
    });
  }
}
