/**
 * One member: a succession of incarnations, and the gateway that its edge talks to.
 *
 * Role: begins and ends the member's life (life.ts), and answers for the cluster as a whole.
 */
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { Messaging } from '../ports/messaging.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import { BUCKETS, type BucketName, type Store, StoreUnavailable } from '../ports/store.ts';
import type { Traced } from '../ports/tracing.ts';
import type { Rules } from '../session/rules.ts';
import { ClusterTime } from './contract/cluster-time.ts';
import type {
  Answer,
  ClusterPicture,
  EventsQuery,
  GamePage,
  GameUpdate,
  Gateway,
  ListQuery,
  Location,
  Measurements,
  Operation,
  Readiness,
  ReadOperation,
  RoundQuery,
  WatchSubject,
} from './contract/gateway.ts';
import { Duty } from './duty.ts';
import { ClusterQueries } from './gateway/cluster-queries.ts';
import { EventHistory } from './gateway/event-history.ts';
import { locate } from './gateway/location.ts';
import { Router } from './gateway/router.ts';
import { WatchHub } from './gateway/watch-hub.ts';
import { Incarnation, type IncarnationSettings } from './incarnation.ts';
import type { Incidents, Log } from './kit/incidents.ts';
import { RequestLog } from './kit/request-log.ts';
import { Life } from './life.ts';
import { measure } from './measurements.ts';
import { Company } from './membership/company.ts';
import { readinessOf } from './readiness.ts';
import { ShareLatch } from './slots/share-latch.ts';
import type { Webhook } from './webhooks/webhook-outbox.ts';

export interface MemberSettings extends IncarnationSettings {
  readonly id: string;
  readonly drainMinMs: number;
  readonly drainTimeoutMs: number;
  readonly requestDeadlineMs: number;
}

export interface MemberContext<State> extends Traced {
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  readonly settings: MemberSettings;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly meter: Meter;
  readonly appVersion: string;
  /** Where events are told; null: nowhere. */
  readonly webhook: Webhook | null;
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
  private readonly context: MemberContext<State> & { readonly requestLog: RequestLog };
  private readonly time: ClusterTime;
  private readonly router: Router<State>;
  private readonly hub: WatchHub<State>;
  private readonly history: EventHistory<State>;
  private readonly queries: ClusterQueries;
  private readonly duty: Duty<State>;
  private readonly life: Life<State>;
  private readonly share: ShareLatch;
  private readonly company: Company;
  private surroundings: Surroundings | null = null;
  private nowJoined: () => void = () => undefined;

  constructor(context: MemberContext<State>) {
    this.context = { ...context, requestLog: new RequestLog(context) };
    this.time = new ClusterTime(context.clock, context.incidents, (byMs) => this.incarnation?.host.timeSet(byMs));
    const { clock, random, settings } = context;
    const current = () => {
      const { incarnation, surroundings } = this;
      return incarnation === null || surroundings === null ? null : { incarnation, ...surroundings };
    };
    this.duty = new Duty({ ...context, id: settings.id, time: this.time, current });
    this.share = new ShareLatch(clock, settings.id);
    const messaging = () => this.surroundings?.messaging ?? null;
    this.company = new Company({ ...context, messaging, addresses: () => this.peerAddresses() });
    this.life = new Life({
      ...context,
      create: (incarnation) => this.create(incarnation),
      status: () => this.duty.status,
      joined: ({ slots }) => {
        this.share.joined(slots);
        this.nowJoined();
      },
    });
    this.router = new Router({
      ...this.context,
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
      messaging,
      read: (operation) => this.router.execute(operation, true),
    });
  }

  get self(): Gateway['self'] {
    return { id: this.context.settings.id, incarnation: this.life.incarnationName };
  }

  get draining(): boolean {
    return this.duty.task === 'drain';
  }

  private get incarnation(): Incarnation<State> | null {
    return this.life.incarnation;
  }

  get readiness(): Readiness {
    return readinessOf({
      draining: this.duty.task !== 'serve',
      connectedOnce: this.surroundings !== null,
      share: this.share.state,
      troubles: this.troubles.values(),
      silentMs: this.renewedMsAgo ?? 0,
      othersRenew: () => this.company.othersRenew(),
    });
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
    return measure(this.incarnation, {
      ready: this.readiness.ready,
      connected: this.surroundings?.store.connected ?? false,
      slotsUnowned: this.context.settings.slots,
      members: this.memberCount,
      clockHeldMs: Math.round(this.time.heldMs),
      buckets: this.buckets,
      incidents: this.context.incidents.counts(),
      retries: this.context.incidents.retries,
    });
  }

  /** Begins. Resolves at the first join; rejects with StartRefused if it must not run. */
  async start(surroundings: Surroundings): Promise<void> {
    this.surroundings = surroundings;
    surroundings.store.onConnection((connected) => {
      // What was served on the strength of the old connection has to be verified again.
      this.incarnation?.membership.keeper?.drop();
      if (!connected) return;
      this.incarnation?.host.doubt();
      this.hub.reconnected();
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

  /** Hands everything off. Bounded by `drainTimeoutMs`; what was not handed off is stored anyway. */
  drain(): Promise<void> {
    return this.duty.drain();
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

  readNow(operation: ReadOperation): Answer | null {
    return this.router.readNow(operation);
  }

  watch(subject: WatchSubject, onUpdate: (update: GameUpdate) => void): () => void {
    return this.hub.watch(subject, onUpdate);
  }

  location(gameId: string): Location {
    return locate(gameId, this.router.slotOf(gameId), this.incarnation?.slots ?? null);
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

  setDrain(memberId: string, on: boolean): Promise<boolean> {
    return this.duty.order(memberId, on);
  }

  private peerAddresses(): readonly string[] {
    const known = this.incarnation?.membership.view.members.values() ?? [];
    return [...known].filter(({ id }) => id !== this.self.id).flatMap(({ record }) => record.addresses);
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
        cordon: (on, deadline) => this.duty.obey(on, deadline),
      },
    );
  }
}
