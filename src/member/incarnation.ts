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
import type { CommittedGame } from '../session/committed-game.ts';
import type { Rules, Written } from '../session/rules.ts';
import { ownVersions } from '../session/snapshot.ts';
import { watchBuilds } from './build-watch.ts';
import { agree, PROTOCOL, readClusterRecord, refuseOlderModule, replaceRecord } from './cluster-key.ts';
import type { ClusterTime } from './cluster-time.ts';
import { type HostAnswer, problemAnswer } from './host-answers.ts';
import type { Incidents, Log } from './incidents.ts';
import { startJanitor } from './janitor.ts';
import { Tasks } from './kit/tasks.ts';
import { type Expulsion, Membership, type MembershipSettings } from './membership.ts';
import { ModuleRaiser, type SeenRecord } from './module-raiser.ts';
import type { Presence } from './presence.ts';
import { decodeRequest, encodeFrame, type RoutedOperation, type RpcReply, type RpcRequest } from './rpc.ts';
import { SeenMessages } from './seen-messages.ts';
import { SessionHost } from './session-host.ts';
import type { SettleContext } from './settle.ts';
import { SlotAgent } from './slot-agent.ts';

const SELF_CALL_MS = 1_000;

export interface IncarnationSettings extends MembershipSettings {
  readonly slots: number;
  readonly rebalanceDelayMs: number;
  readonly idleMs: number;
  readonly gameRollbackMs: number;
}

export interface IncarnationContext<State> {
  readonly store: Store;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly time: ClusterTime;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  readonly settings: IncarnationSettings;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly meter: Meter;
  readonly addresses: readonly string[];
  readonly appVersion: string;
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

export class Incarnation<State> {
  readonly self: Peer;
  readonly membership: Membership;
  readonly slots: SlotAgent<State>;
  readonly host: SessionHost<State>;
  private readonly context: IncarnationContext<State>;
  private readonly tasks: Tasks;
  private readonly gate: SettleContext;
  private written: Written;
  /** As the watch showed it last; null: not yet. */
  private seenRecord: SeenRecord | null = null;
  private raiser: ModuleRaiser | null = null;
  private subscription: Subscription | null = null;
  private janitor: Timer | null = null;
  private buildWatch: Timer | null = null;
  private readonly seen = new SeenMessages();
  private heardAt: number;
  private listening: Timer | null = null;
  private readonly aborted = new AbortController();
  private nowOver: () => void = () => undefined;
  /** Resolves at its end. */
  readonly over: Promise<void>;
  /** Null while it lives. */
  ending: Ending | null = null;

  constructor(self: Peer, context: IncarnationContext<State>) {
    const { store, clock, random, messaging, incidents, settings, rules } = context;
    this.self = self;
    this.context = context;
    this.tasks = new Tasks((name, error) => incidents.failed(name, error));
    this.heardAt = clock.monotonic();
    this.over = new Promise((resolve) => {
      this.nowOver = resolve;
    });
    this.written = ownVersions(rules);
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
    this.host = new SessionHost(
      {
        ...this.gate,
        time: context.time,
        messaging,
        incidents,
        meter: context.meter,
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
        written: () => this.written,
        fenced: (slot, epoch) => this.slots.fenced(slot, epoch),
      },
      settings,
    );
    this.slots = new SlotAgent({
      ...context,
      ...this.gate,
      ...settings,
      self,
      membership: this.membership,
      host: this.host,
      rolledBack: () => this.finish('rolledBack'),
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
    const { store, messaging, rules, settings, clock } = this.context;
    const buckets = { members: store.bucket('members'), slots: store.bucket('slots') };
    const { stateVersion, module } = rules;
    const cluster = await agree(this.gate, buckets, { slots: settings.slots, module, stateVersion });
    this.follow(cluster.written);
    this.checkAlive();
    this.subscription = messaging.answer(this.self, (payload) => this.answer(payload));
    await this.membership.join(this.gate);
    this.checkAlive();
    // Whoever shut older members out meanwhile may not have seen this one come: the watch has shown the record before our own key.
    const seen = this.seenRecord?.record ?? cluster;
    refuseOlderModule(seen, module);
    this.follow(seen.written);
    this.heardAt = clock.monotonic();
    this.slots.start();
    this.janitor = this.startJanitor();
    this.raiser = this.startRaiser();
    this.buildWatch = this.watchBuilds();
    this.listenToSelf();
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
    this.janitor?.cancel();
    this.raiser?.stop();
    this.buildWatch?.cancel();
    this.listening?.cancel();
    this.membership.drop();
    this.nowOver();
  }

  /** After `finish`. The membership key goes last, so that others may act at once; one that was expelled has none. */
  async leave(): Promise<void> {
    await this.membership.leave(this.ending !== 'expelled');
    this.subscription?.stop();
  }

  /** An operation on a session that may be ours. Never rejects. */
  async execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    try {
      return await this.host.execute(slot, operation, deadline);
    } catch (error) {
      this.context.incidents.failed(`${operation.kind} of ${operation.gameId}`, error);
      return problemAnswer('internal', 'The server failed on this request; its log says why.');
    }
  }

  /** What this incarnation can list, under a lease that was valid after the question came. */
  async page(query: Parameters<SessionHost<State>['page']>[0]): Promise<ReturnType<SessionHost<State>['page']>> {
    const held = await this.membership.keeper?.ensure();
    return held ? this.host.page(query) : { slots: [], games: [] };
  }

  private async answer(payload: Uint8Array): Promise<Uint8Array | null> {
    const { header, body } = decodeRequest(payload);
    if (header.type === 'unreadable') {
      this.context.incidents.notUnderstood('a request', header.reason);
      return encodeFrame({ type: 'refused', reason: 'not understood' });
    }
    if (header.type === 'execute') return this.answerExecute(header);
    return encodeFrame(await this.reply(header, body));
  }

  private async reply(request: Exclude<RpcRequest, { type: 'execute' }>, body: Uint8Array): Promise<RpcReply> {
    switch (request.type) {
      case 'ping':
        return { type: 'ok' };
      case 'offer':
        if (this.membership.leaving || this.ended) return { type: 'refused', reason: 'leaving' };
        return { type: 'ok' };
      case 'transfer': {
        const reason = this.slots.stashes.add(request, body);
        return reason === null ? { type: 'ok' } : { type: 'refused', reason };
      }
      case 'list':
        return { type: 'page', ...(await this.page(request)) };
      case 'stats':
        return { type: 'stats', sessions: this.host.sessionCount };
      case 'drain': {
        const reason = this.context.cordon(request.on, request.deadline);
        return reason === null ? { type: 'ok' } : { type: 'refused', reason };
      }
    }
  }

  private async answerExecute(request: Extract<RpcRequest, { type: 'execute' }>): Promise<Uint8Array | null> {
    const { slot, revision, deadline, interested } = request;
    if (this.isLate(deadline) || this.isCopy(request)) return null;
    // The caller knows a newer record than we do: ours is about to come.
    if (this.slots.table.revision(slot) < revision) await this.slots.refresh(slot);
    const operation = request.operation as RoutedOperation;
    if (interested) this.host.publishFor(operation.gameId);
    const answer = await this.execute(slot, operation, deadline);
    if (answer.kind === 'moved') {
      return encodeFrame({ type: 'moved', revision: this.slots.table.revision(slot), uncertain: answer.uncertain });
    }
    const { status, body, grant } = answer;
    const header = { type: 'answer', status, owner: this.self.id, ...(grant && { grant }) } as const;
    return encodeFrame(header, new TextEncoder().encode(body));
  }

  /** While no time is known nothing is decided, so nothing can be applied twice. */
  private isCopy({ operation, message, deadline }: Extract<RpcRequest, { type: 'execute' }>): boolean {
    const { time } = this.context;
    if (!('command' in operation) || message === undefined || !time.isKnown) return false;
    return !this.seen.begin(message, deadline, time.now());
  }

  /** Whoever does not know the time yet cannot tell, and holds no slot: it takes what comes. */
  private isLate(deadline: number): boolean {
    const { time } = this.context;
    return time.isKnown && time.now() > deadline;
  }

  /** Followed as it changes. What is above our own we can neither write nor read. */
  private follow({ stateVersion, module }: Written): void {
    const own = ownVersions(this.context.rules);
    this.written = { stateVersion: Math.min(stateVersion, own.stateVersion), module: Math.min(module, own.module) };
  }

  private clusterSeen({ key, value, revision }: Entry): void {
    if (revision < (this.seenRecord?.revision ?? 0)) return;
    try {
      const record = readClusterRecord(value);
      if (record === null) return;
      this.seenRecord = { record, revision };
      this.follow(record.written);
    } catch (problem) {
      this.context.incidents.unreadable(key, problem);
      return;
    }
    // It cannot come to that while the protocol holds; a member that reads no game must not hold any.
    if (this.isOutdated) this.finish('outdated');
  }

  /** Games are written that this member cannot read. */
  private get isOutdated(): boolean {
    const written = this.seenRecord?.record.written.module ?? 0;
    return this.janitor !== null && written > this.context.rules.module.version;
  }

  /** What one member does for all: the first of the ring. */
  private get isOnDuty(): boolean {
    return !this.ended && this.slots.ring.members[0] === this.self.id;
  }

  private watchBuilds(): Timer {
    const { clock, log, rules } = this.context;
    const game = rules.module.name;
    return watchBuilds({ clock, log, game, view: () => this.membership.view, isOnDuty: () => this.isOnDuty });
  }

  private startRaiser(): ModuleRaiser {
    const { clock, log, store, incidents, settings } = this.context;
    return new ModuleRaiser({
      clock,
      log,
      rollbackMs: settings.gameRollbackMs,
      seen: () => this.seenRecord,
      view: () => this.membership.view,
      isOnDuty: () => this.isOnDuty,
      write: (record, expected) => replaceRecord(this.gate, store.bucket('members'), record, expected),
      failed: (error) => incidents.failed('changing what the cluster writes', error),
    });
  }

  private startJanitor(): Timer {
    const { clock, store, incidents, time } = this.context;
    return startJanitor({
      clock,
      ageOf: (writtenAt) => time.ageOf(writtenAt),
      members: store.bucket('members'),
      view: () => this.membership.view,
      isOnDuty: () => this.isOnDuty,
      isNamedByRecord: (key) => this.slots.table.isNamed(key),
      forget: (keys) => this.membership.forget(keys),
      failed: (error) => incidents.failed('cleaning up', error),
    });
  }

  /** A member that its peers cannot reach must not hold slots, however well its renewals go. */
  private listenToSelf(): void {
    const { clock, messaging, settings, store } = this.context;
    this.listening = clock.after(SELF_CALL_MS, async () => {
      if (this.ended) return;
      const outcome = await messaging.call(this.self, encodeFrame({ type: 'ping' }), SELF_CALL_MS / 2);
      if (this.ended) return;
      const now = clock.monotonic();
      if (outcome.kind === 'answer' || !store.connected || this.membership.keeper?.isHealthy() !== true)
        this.heardAt = now;
      else if (now - this.heardAt > settings.suspectMs) return this.finish('deaf');
      this.listenToSelf();
    });
  }
}
