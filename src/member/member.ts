/**
 * One member: a succession of incarnations, and the gateway that its edge talks to.
 *
 * Role: begins and ends the member's life (life.ts), drains, and answers for the cluster as a whole.
 * Invariant: readiness latches: it is taken back only by a drain, by a bucket that cannot be used, or by silence of NATS: one that others do not
 * share, or one of half a minute. Never by a death elsewhere.
 */
import { currentKey, parseMemberKey } from '../cluster/view.ts';
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { Messaging } from '../ports/messaging.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import { BUCKETS, type BucketName, type Store, StoreUnavailable } from '../ports/store.ts';
import { rehearse } from '../session/rehearsal.ts';
import type { Rules } from '../session/rules.ts';
import { ClusterQueries } from './cluster-queries.ts';
import { ClusterTime } from './cluster-time.ts';
import { Company } from './company.ts';
import { DrainOrders, ORDER_MS } from './drain-orders.ts';
import { EventHistory } from './event-history.ts';
import {
  type Answer,
  type ClusterPicture,
  type EventsQuery,
  type GamePage,
  type GameUpdate,
  type Gateway,
  type ListQuery,
  type Location,
  type Measurements,
  MemberSilent,
  type Operation,
  type Readiness,
  type RoundQuery,
  type WatchSubject,
} from './gateway.ts';
import { Incarnation, type IncarnationSettings } from './incarnation.ts';
import type { Incidents, Log } from './incidents.ts';
import { pause } from './kit/retry.ts';
import { Life } from './life.ts';
import { Router } from './router.ts';
import { decodeReply, encodeFrame } from './rpc.ts';
import { ShareLatch } from './share-latch.ts';
import { WatchHub } from './watch-hub.ts';

const SILENCE_MS = 5_000;
/** Longer than elections and short cuts: a silence that all share is an outage from here on, and said so by everybody. */
const OUTAGE_MS = 30_000;
const DRAIN_LOOK_MS = 20;

export interface MemberSettings extends IncarnationSettings {
  readonly id: string;
  readonly drainMinMs: number;
  readonly drainTimeoutMs: number;
  readonly requestDeadlineMs: number;
}

export interface MemberContext<State> {
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  readonly settings: MemberSettings;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly meter: Meter;
  readonly appVersion: string;
  /** The member cannot go on: the process should end with this error. */
  failed(error: unknown): void;
}

/** What a member needs once it is there: NATS, and where peers reach it. */
export interface Surroundings {
  readonly store: Store;
  readonly messaging: Messaging;
  readonly addresses: readonly string[];
}

export class Member<State> implements Gateway {
  private readonly context: MemberContext<State>;
  private readonly time: ClusterTime;
  private readonly router: Router<State>;
  private readonly hub: WatchHub<State>;
  private readonly history: EventHistory<State>;
  private readonly queries: ClusterQueries<State>;
  private readonly orders = new DrainOrders();
  private readonly life: Life<State>;
  private readonly share: ShareLatch;
  private readonly company: Company;
  /** What it shall do; over all its incarnations. */
  private task: 'serve' | 'standAside' | 'drain' = 'serve';
  private surroundings: Surroundings | null = null;
  private nowJoined: () => void = () => undefined;

  constructor(context: MemberContext<State>) {
    this.context = context;
    this.time = new ClusterTime(context.clock, context.incidents, (byMs) => this.incarnation?.host.timeSet(byMs));
    const { clock, random, settings } = context;
    this.share = new ShareLatch(clock, settings.id);
    this.company = new Company({
      clock,
      messaging: () => this.surroundings?.messaging ?? null,
      addresses: () => this.peerAddresses(),
    });
    this.life = new Life({
      ...context,
      create: (incarnation) => this.create(incarnation),
      status: () => (this.task === 'serve' ? 'active' : 'leaving'),
      joined: ({ slots }) => {
        this.share.joined(slots);
        this.nowJoined();
      },
    });
    const current = () => {
      const { incarnation, surroundings } = this;
      return incarnation === null || surroundings === null ? null : { incarnation, ...surroundings };
    };
    this.router = new Router({
      ...context,
      time: this.time,
      slots: settings.slots,
      requestDeadlineMs: settings.requestDeadlineMs,
      current,
    });
    this.queries = new ClusterQueries({ clock, random, current });
    const slotOf = (gameId: string) => this.router.slotOf(gameId);
    this.history = new EventHistory({
      clock,
      random,
      retried: (reason) => context.incidents.retried(reason),
      rules: context.rules,
      requestDeadlineMs: settings.requestDeadlineMs,
      slotOf,
      archive: () => {
        if (this.surroundings === null) throw new StoreUnavailable('not connected yet');
        return this.surroundings.store.bucket('archive');
      },
      execute: (operation) => this.router.execute(operation),
    });
    this.hub = new WatchHub({
      clock,
      random,
      rules: context.rules,
      now: () => this.now,
      self: settings.id,
      slotOf,
      events: (query) => this.events(query),
      broken: (gameId, error) => context.incidents.unreadable(`an update of ${gameId}`, error),
      messaging: () => this.surroundings?.messaging ?? null,
      read: (operation) => this.router.execute(operation, true),
    });
  }

  get self(): Gateway['self'] {
    return { id: this.context.settings.id, incarnation: this.life.incarnationName };
  }

  get draining(): boolean {
    return this.task === 'drain';
  }

  private get incarnation(): Incarnation<State> | null {
    return this.life.incarnation;
  }

  get readiness(): Readiness {
    const reasons: string[] = [];
    const { state } = this.share;
    if (this.task !== 'serve') reasons.push('draining');
    if (this.surroundings === null) reasons.push('waiting for NATS');
    else if (state === 'joining') reasons.push('joining the cluster');
    else {
      if (state === 'taking') reasons.push('taking over its share of the slots');
      reasons.push(...this.troubles.values());
    }
    const silentMs = this.renewedMsAgo ?? 0;
    if (silentMs <= SILENCE_MS) return { ready: reasons.length === 0, reasons };
    const isAlone = silentMs > OUTAGE_MS || this.company.othersRenew();
    return { ready: reasons.length === 0 && !isAlone, reasons: ['NATS acknowledges no renewals', ...reasons] };
  }

  get renewedMsAgo(): number | null {
    const hasJoined = this.surroundings !== null && this.share.state !== 'joining';
    return hasJoined ? this.context.clock.monotonic() - this.life.renewedAt : null;
  }

  get memberCount(): number {
    return this.incarnation?.membership.view.members.size ?? 0;
  }

  /** Of buckets: by name. */
  private get troubles(): ReadonlyMap<BucketName, string> {
    const { store } = this.surroundings ?? {};
    const all = BUCKETS.map((name) => [name, store?.bucket(name).trouble ?? null] as const);
    return new Map(all.flatMap(([name, trouble]) => (trouble === null ? [] : [[name, trouble]])));
  }

  get buckets(): ReadonlyMap<string, boolean> {
    return new Map(BUCKETS.map((name) => [name, !this.troubles.has(name)]));
  }

  measurements(): Measurements {
    const kept = this.incarnation?.host.inspect();
    const slots = this.incarnation?.slots;
    return {
      ready: this.readiness.ready,
      connected: this.surroundings?.store.connected ?? false,
      slotsHeld: slots?.heldSlots ?? 0,
      slotsWanted: slots?.wantedSlots ?? 0,
      slotsUnowned: slots?.unownedSlots ?? this.context.settings.slots,
      sessions: this.incarnation?.host.sessionCount ?? 0,
      games: this.incarnation?.host.countGames() ?? new Map(),
      members: this.memberCount,
      clockHeldMs: Math.round(this.time.heldMs),
      deadlines: kept?.deadlines ?? 0,
      loads: kept === undefined ? 0 : kept.loading.running + kept.loading.waiting,
      buckets: this.buckets,
      incidents: this.context.incidents.counts(),
      retries: this.context.incidents.retries,
    };
  }

  /** Begins. Resolves at the first join; rejects with StartRefused if it must not run. */
  async start(surroundings: Surroundings): Promise<void> {
    rehearse(this.context.rules);
    this.surroundings = surroundings;
    surroundings.store.onConnection((connected) => {
      // What was served on the strength of the old connection has to be verified again.
      this.incarnation?.membership.keeper?.drop();
      if (connected) this.hub.reconnected();
    });
    const joined = new Promise<void>((resolve) => {
      this.nowJoined = resolve;
    });
    const over = this.life.run();
    const notJoined = over.then(() => {
      throw new Error('stopped before it had joined');
    });
    await Promise.race([joined, notJoined]);
    over.catch((error: unknown) => this.context.failed(error));
  }

  /** Hands everything off and leaves. Bounded by `drainTimeoutMs`; what was not handed off is stored anyway. */
  async drain(): Promise<void> {
    const { clock, settings, log } = this.context;
    this.task = 'drain';
    const startedAt = clock.monotonic();
    const elapsed = () => clock.monotonic() - startedAt;
    const slotsLeft = () => this.incarnation?.slots.heldSlots ?? 0;
    this.incarnation?.announce('leaving');
    const isBusy = () => slotsLeft() > 0 && this.incarnation?.slots.hasSuccessor === true;
    while (elapsed() < settings.drainTimeoutMs && (isBusy() || elapsed() < settings.drainMinMs)) {
      await pause(this.context, DRAIN_LOOK_MS);
    }
    log.info({ ms: Math.round(elapsed()), slotsLeft: slotsLeft() }, 'drained');
  }

  /** Leaves the cluster. */
  async stop(): Promise<void> {
    this.share.stop();
    await this.life.stop();
    this.router.stop();
  }

  get now(): number {
    return this.time.isKnown ? this.time.now() : this.context.clock.wall();
  }

  execute(operation: Operation): Promise<Answer> {
    return this.router.execute(operation);
  }

  watch(subject: WatchSubject, onUpdate: (update: GameUpdate) => void): () => void {
    return this.hub.watch(subject, onUpdate);
  }

  location(gameId: string): Location {
    const slot = this.router.slotOf(gameId);
    const slots = this.incarnation?.slots;
    const record = slots?.table.get(slot) ?? null;
    const owner = record === null || slots?.isUnowned(slot) ? null : record.owner;
    return { gameId, slot, owner, desiredOwner: slots?.ring.owner(slot) ?? null, epoch: record?.epoch ?? 0 };
  }

  cluster(): Promise<ClusterPicture> {
    return this.queries.cluster(this.self.id, this.context.settings.slots);
  }

  listGames(query: ListQuery): Promise<GamePage> {
    return this.queries.list(query, this.context.settings.slots);
  }

  events(query: EventsQuery): Promise<Answer> {
    return this.history.events(query);
  }

  round(query: RoundQuery): Promise<Answer> {
    return this.history.round(query);
  }

  async setDrain(memberId: string, on: boolean): Promise<boolean> {
    if (memberId === this.self.id) {
      // Before there is a time nobody else can have given an order.
      this.orders.given(on, this.time.isKnown ? this.time.now() : Number.NEGATIVE_INFINITY);
      this.cordon(on);
      return true;
    }
    const { incarnation, surroundings } = this;
    if (incarnation === null || surroundings === null || !this.time.isKnown)
      throw new StoreUnavailable('this member is between two incarnations');
    const key = currentKey(incarnation.membership.view, memberId);
    const peer = key === null ? null : parseMemberKey(key);
    if (peer === null) return false;
    const deadline = this.time.now() + ORDER_MS;
    const frame = encodeFrame({ type: 'drain', on, deadline });
    const outcome = await surroundings.messaging.call(peer, frame, ORDER_MS);
    if (outcome.kind === 'answer' && decodeReply(outcome.payload).header.type === 'ok') return true;
    throw new MemberSilent(
      `${memberId} did not take it within ${ORDER_MS} ms: it stands still, or NATS cannot reach it`,
    );
  }

  private peerAddresses(): readonly string[] {
    const known = this.incarnation?.membership.view.members.values() ?? [];
    return [...known].filter(({ id }) => id !== this.self.id).flatMap(({ record }) => record.addresses);
  }

  private cordon(on: boolean): void {
    if (this.task === 'drain') return;
    this.task = on ? 'standAside' : 'serve';
    this.incarnation?.announce(on ? 'leaving' : 'active');
  }

  private create(incarnation: string): Incarnation<State> {
    const { context, surroundings } = this;
    if (surroundings === null) throw new Error('a member joins once it has its surroundings');
    return new Incarnation(
      { id: context.settings.id, incarnation },
      {
        ...context,
        ...surroundings,
        time: this.time,
        recordChanged: (slot) => this.hub.slotChanged(slot),
        updated: (gameId, game) => this.hub.committedHere(gameId, game),
        followed: (gameId, presence) => this.hub.followed(gameId, presence),
        cordon: (on, deadline) => {
          const refusal = this.time.isKnown ? this.orders.refusal(on, deadline, this.time.now()) : 'joining';
          if (refusal === null) this.cordon(on);
          return refusal;
        },
      },
    );
  }
}
