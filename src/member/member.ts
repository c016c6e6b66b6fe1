/**
 * One member: a succession of incarnations, and the gateway that its edge talks to.
 *
 * Role: joins, joins again when expelled, drains, and answers for the cluster as a whole.
 * Invariants:
 *  - At most one incarnation at a time; the next begins after the last one has dropped everything.
 *  - Readiness latches: it is taken back only by a drain or by silence of NATS, never by a death elsewhere.
 */
import { currentKey, parseMemberKey } from '../cluster/view.ts';
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { Messaging } from '../ports/messaging.ts';
import type { Random } from '../ports/random.ts';
import { type Store, StoreUnavailable } from '../ports/store.ts';
import { rehearse } from '../session/rehearsal.ts';
import type { Rules } from '../session/rules.ts';
import { StartRefused } from './cluster-key.ts';
import { ClusterQueries } from './cluster-queries.ts';
import { DrainOrders, ORDER_MS } from './drain-orders.ts';
import { EventHistory } from './event-history.ts';
import {
  type Answer,
  type ClusterReport,
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
import { Router } from './router.ts';
import { decodeReply, encodeFrame } from './rpc.ts';
import { WatchHub } from './watch-hub.ts';

const READY_ANYWAY_MS = 10_000;
const SILENCE_MS = 5_000;
const REJOIN_FIRST_MS = 50;
const REJOIN_LONGEST_MS = 5_000;
const DRAIN_LOOK_MS = 20;
const INCARNATION_LENGTH = 12;

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
  private readonly router: Router<State>;
  private readonly hub: WatchHub<State>;
  private readonly history: EventHistory<State>;
  private readonly queries: ClusterQueries<State>;
  private readonly orders = new DrainOrders();
  private surroundings: Surroundings | null = null;
  private incarnation: Incarnation<State> | null = null;
  private nextIncarnation: string;
  private joinedAt: number | null = null;
  /** Monotonic ms at which the last acknowledged renewal was sent, by any incarnation. */
  private renewedAt = 0;
  private share: readonly number[] = [];
  private latched = false;
  private cordoned = false;
  private stopping = false;
  private entering = false;
  draining = false;

  constructor(context: MemberContext<State>) {
    this.context = context;
    this.nextIncarnation = context.random.token(INCARNATION_LENGTH);
    const { clock, random, settings } = context;
    const current = () => {
      const { incarnation, surroundings } = this;
      return incarnation === null || surroundings === null ? null : { incarnation, ...surroundings };
    };
    this.router = new Router({
      ...context,
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
      slotOf,
      events: (query) => this.events(query),
      broken: (gameId, error) => context.incidents.unreadable(`an update of ${gameId}`, error),
      messaging: () => this.surroundings?.messaging ?? null,
      read: (operation) => this.router.execute(operation, true),
    });
  }

  get self(): Gateway['self'] {
    return { id: this.context.settings.id, incarnation: this.incarnation?.self.incarnation ?? this.nextIncarnation };
  }

  get readiness(): Readiness {
    const reasons: string[] = [];
    const { incarnation, joinedAt } = this;
    const now = this.context.clock.monotonic();
    if (this.draining || this.cordoned) reasons.push('draining');
    this.renewedAt = Math.max(this.renewedAt, incarnation?.membership.keeper?.renewedAt ?? 0);
    if (this.surroundings === null) reasons.push('waiting for NATS');
    else if (joinedAt === null) reasons.push('joining the cluster');
    else {
      this.latched ||= incarnation?.slots.holds(this.share) === true || now - joinedAt > READY_ANYWAY_MS;
      if (!this.latched) reasons.push('taking over its share of the slots');
      if (now - this.renewedAt > SILENCE_MS) reasons.push('NATS acknowledges no renewals');
    }
    return { ready: reasons.length === 0, reasons };
  }

  get memberCount(): number {
    return this.incarnation?.membership.view.members.size ?? 0;
  }

  measurements(): Measurements {
    const slots = this.incarnation?.slots;
    return {
      ready: this.readiness.ready,
      slotsHeld: slots?.heldSlots ?? 0,
      slotsUnowned: slots?.unownedSlots ?? this.context.settings.slots,
      sessions: this.incarnation?.host.sessionCount ?? 0,
      members: this.memberCount,
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
    await this.enter();
  }

  /** Hands everything off and leaves. Bounded by `drainTimeoutMs`; what was not handed off is stored anyway. */
  async drain(): Promise<void> {
    const { clock, settings, log } = this.context;
    this.draining = true;
    const startedAt = clock.monotonic();
    const elapsed = () => clock.monotonic() - startedAt;
    const slots = this.incarnation?.slots;
    void this.incarnation?.membership.setStatus('leaving');
    const isBusy = () => slots !== undefined && slots.heldSlots > 0 && slots.hasSuccessor;
    while (elapsed() < settings.drainTimeoutMs && (isBusy() || elapsed() < settings.drainMinMs)) {
      await pause(this.context, DRAIN_LOOK_MS);
    }
    log.info({ ms: Math.round(elapsed()), slotsLeft: slots?.heldSlots ?? 0 }, 'drained');
  }

  /** Leaves the cluster. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { incarnation } = this;
    this.incarnation = null;
    await incarnation?.end(true);
    this.router.stop();
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

  cluster(): Promise<ClusterReport> {
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
      this.orders.given(on, this.context.clock.wall());
      this.cordon(on);
      return true;
    }
    const { incarnation, surroundings } = this;
    if (incarnation === null || surroundings === null)
      throw new StoreUnavailable('this member is between two incarnations');
    const key = currentKey(incarnation.membership.view, memberId);
    const peer = key === null ? null : parseMemberKey(key);
    if (peer === null) return false;
    const deadline = this.context.clock.wall() + ORDER_MS;
    const frame = encodeFrame({ type: 'drain', on, deadline });
    const outcome = await surroundings.messaging.call(peer, frame, ORDER_MS);
    if (outcome.kind === 'answer' && decodeReply(outcome.payload).header.type === 'ok') return true;
    throw new MemberSilent(`${memberId} did not take it within ${ORDER_MS} ms: it stands still, or its clock is wrong`);
  }

  private cordon(on: boolean): void {
    if (this.draining) return;
    this.cordoned = on;
    void this.incarnation?.membership.setStatus(on ? 'leaving' : 'active');
  }

  private async join(): Promise<void> {
    const { surroundings } = this;
    if (surroundings === null) return;
    const { clock, settings, log } = this.context;
    const incarnation = new Incarnation(
      { id: settings.id, incarnation: this.nextIncarnation },
      {
        ...this.context,
        ...surroundings,
        expelled: (reason) => void this.rejoin(incarnation, reason),
        recordChanged: (slot) => this.hub.slotChanged(slot),
        updated: (gameId, game) => this.hub.committedHere(gameId, game),
        cordon: (on, deadline) => {
          const refusal = this.orders.refusal(on, deadline, clock.wall());
          if (refusal === null) this.cordon(on);
          return refusal;
        },
      },
    );
    this.incarnation = incarnation;
    try {
      await incarnation.start(this.cordoned || this.draining ? 'leaving' : 'active');
    } catch (error) {
      await this.drop(incarnation, false);
      throw error;
    }
    this.joinedAt ??= clock.monotonic();
    if (!this.latched) this.share = incarnation.slots.ring.slotsOf(settings.id);
    log.info({ incarnation: incarnation.self.incarnation }, 'joined the cluster');
  }

  /** Joins, with growing pauses until that works. Rejects with StartRefused. */
  private async enter(): Promise<void> {
    this.entering = true;
    try {
      await this.tryToJoin();
    } finally {
      this.entering = false;
    }
  }

  private async tryToJoin(): Promise<void> {
    for (let pauseMs = REJOIN_FIRST_MS; !this.stopping; pauseMs = Math.min(pauseMs * 2, REJOIN_LONGEST_MS)) {
      try {
        return await this.join();
      } catch (error) {
        if (error instanceof StartRefused || this.stopping) throw error;
        this.context.incidents.failed('joining', error);
      }
      await pause(this.context, pauseMs);
    }
  }

  /** Drops everything and joins as a new incarnation. */
  private async rejoin(incarnation: Incarnation<State>, reason: string): Promise<void> {
    if (this.incarnation !== incarnation || this.stopping) return;
    this.context.log.warn({ reason }, 'this member was expelled: it joins again as a new incarnation');
    this.context.incidents.count('rejoins');
    // Whoever was not expelled by others still has its key: it may go at once.
    await this.drop(incarnation, reason !== 'expelled');
    if (this.entering) return;
    await pause(this.context, REJOIN_FIRST_MS);
    await this.enter().catch((error: unknown) => {
      if (!this.stopping) this.context.failed(error);
    });
  }

  private async drop(incarnation: Incarnation<State>, remove: boolean): Promise<void> {
    if (this.incarnation === incarnation) this.incarnation = null;
    this.nextIncarnation = this.context.random.token(INCARNATION_LENGTH);
    await incarnation.end(remove);
  }
}
