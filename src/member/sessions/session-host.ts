/**
 * All sessions that this incarnation hosts, slot by slot.
 *
 * Role: opens and closes slots, has them discovered, claims what was taken over, rings rounds that are due, forgets idle sessions.
 * Invariants:
 *  - A slot is hosted between `open` and `close`, under one epoch; `closed` slots keep nothing in memory.
 *  - After a takeover every unfinished session is claimed without anyone asking, those with the nearest deadline first.
 */
import type { Timer } from '../../ports/clock.ts';
import type { Messaging } from '../../ports/messaging.ts';
import type { CommittedGame } from '../../session/committed-game.ts';
import { CONCLUDED } from '../../session/snapshot.ts';
import { type HostAnswer, MOVED } from '../contract/host-answers.ts';
import type { Presence } from '../contract/presence.ts';
import type { MemberOperation, RoutedOperation } from '../contract/rpc.ts';
import { withPresence } from '../contract/updates.ts';
import { Allowance } from '../kit/allowance.ts';
import { every } from '../kit/every.ts';
import type { Incidents } from '../kit/incidents.ts';
import { Tasks } from '../kit/tasks.ts';
import { gameKey } from '../store/keys.ts';
import { claim } from './claiming.ts';
import { Discovery } from './discovery.ts';
import { countClaims, countGames, countSessions, pageOf } from './held-games.ts';
import { type LoadSizes, Loads } from './loads.ts';
import { Presences } from './presences.ts';
import { RoundEnds } from './round-ends.ts';
import type { Item } from './session-items.ts';
import type { SlotsContext, Stash } from './slot-context.ts';
import { SlotSessions } from './slot-sessions.ts';
import { UpdateFeed } from './update-feed.ts';
import { WebhookFeed } from './webhook-feed.ts';

/** What cuts showed and nobody has claimed yet: of about 20,000 bare games. Others are read again. */
const SHOWN_BYTES = 32 * 1024 * 1024;
const RELIST_MS = 300_000;
/** With jitter: members that come back together do not list together, and one that comes and goes does not list all the time. */
const LIST_ANEW_MS = 2_000;
/** Of a slot's first record. */
const FIRST_EPOCH = 1;

export interface HostSettings {
  readonly idleMs: number;
}

export type HostContext<State> = Omit<
  SlotsContext<State>,
  | 'committed'
  | 'removed'
  | 'dropped'
  | 'loads'
  | 'shownBytes'
  | 'rolledBack'
  | 'outranked'
  | 'broken'
  | 'abandoned'
  | 'unerased'
  | 'presenceOf'
> & {
  readonly messaging: Messaging;
  readonly incidents: Incidents;
  /** A session of ours was committed: for watchers on this very member. */
  updated(gameId: string, game: CommittedGame<State>): void;
  /** Others follow it than before: for watchers on this very member. */
  followed(gameId: string, presence: Presence): void;
};

export interface HostSizes {
  readonly deadlines: number;
  /** Cluster time, ms. */
  readonly nextDeadline: number | null;
  readonly loading: LoadSizes;
  /** Sessions of slots that were taken, which nobody has claimed yet. */
  readonly claims: number;
  readonly ending: { readonly running: number; readonly waiting: number };
  /** Games of which it is known who follows them. */
  readonly followed: number;
  /** Until when, by the monotonic clock, the updates of each game are published. */
  readonly interest: ReadonlyMap<string, number>;
}

export class SessionHost<State> {
  private readonly context: SlotsContext<State> & HostContext<State>;
  private readonly settings: HostSettings;
  private readonly slots = new Map<number, SlotSessions<State>>();
  private readonly ends: RoundEnds<State>;
  private readonly feed: UpdateFeed<State>;
  /** What webhooks are to be told. */
  readonly webhooks: WebhookFeed<State>;
  private readonly tasks: Tasks;
  private readonly loads: Loads;
  private readonly presences: Presences;
  private readonly discovery: Discovery<State>;
  /** Until all slots are listed because of a doubt. */
  private listingAnew: Timer | null = null;
  private readonly timers: readonly Timer[];

  constructor(context: HostContext<State>, settings: HostSettings) {
    const { incidents } = context;
    this.settings = settings;
    this.loads = new Loads(context.clock);
    this.context = {
      ...context,
      loads: this.loads,
      shownBytes: new Allowance(SHOWN_BYTES),
      committed: (slot, item) => this.committed(slot, item),
      removed: (slot, gameId) => {
        this.ends.drop(slot, gameId);
        this.webhooks.removed(slot, gameId);
      },
      dropped: (slot, gameId, inMs) => this.ends.again(slot, gameId, inMs),
      rolledBack: (slot, gameId, known, found) => {
        incidents.rolledBack(gameKey(slot, gameId), known, found);
        this.doubt();
      },
      abandoned: (slot, gameId, reason) => incidents.failed(`the end of a round of ${gameKey(slot, gameId)}`, reason),
      outranked: (slot, key, epoch) => {
        incidents.outranked(key, epoch);
        context.fenced(slot, epoch);
      },
      broken: (slot, gameId, error) => incidents.unreadable(gameKey(slot, gameId), error),
      unerased: (slot, gameId) => incidents.unerased(gameKey(slot, gameId)),
      presenceOf: (slot, gameId) => this.presences.of(slot, gameId),
    };
    this.tasks = new Tasks(incidents);
    const { clock, time } = context;
    this.presences = new Presences({
      clock,
      time,
      told: (slot, gameId, presence) => this.tellPresence(slot, gameId, presence),
    });
    this.ends = new RoundEnds({
      clock,
      time,
      get: (slot) => this.slots.get(slot),
      begun: (end) => this.tasks.run('round end', end),
    });
    this.feed = new UpdateFeed(context);
    this.webhooks = new WebhookFeed({ ...this.context, get: (slot) => this.slots.get(slot) });
    this.discovery = new Discovery({
      ...this.context,
      get: (slot) => this.slots.get(slot),
      found: (slots) => this.found(slots),
    });
    const sweepMs = Math.max(50, Math.min(settings.idleMs / 4, 30_000));
    this.timers = [
      every(context.clock, sweepMs, () => this.sweep()),
      every(context.clock, RELIST_MS, () => this.discovery.again([...this.slots.keys()])),
    ];
  }

  /** Begins to host. Without a stash the slot is listed and claimed in the background. */
  open(slot: number, epoch: number, stash: Stash | null): void {
    this.close(slot);
    const sessions = new SlotSessions(this.context, slot, epoch);
    this.slots.set(slot, sessions);
    this.presences.open(slot, epoch === FIRST_EPOCH);
    if (stash === null) {
      this.discovery.begin(slot);
    } else {
      sessions.adopt(stash.listing, stash);
      this.ends.setAll(sessions);
      this.webhooks.tellAll(sessions);
      if (stash.doubtful) this.doubt();
      const isWanted = ({ gameId, listing }: Item<State>) =>
        stash.unsettled.has(gameId) || listing.status === CONCLUDED;
      this.tasks.run('claims', claim(this.tasks, [sessions], isWanted));
    }
  }

  close(slot: number): void {
    this.slots.get(slot)?.close();
    this.slots.delete(slot);
    this.presences.close(slot);
    this.ends.dropSlot(slot);
    this.context.outbox?.forgetSlot(slot);
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.listingAnew?.cancel();
    this.ends.stop();
    for (const slot of [...this.slots.keys()]) this.close(slot);
    this.presences.stop();
    this.loads.end();
  }

  get(slot: number): SlotSessions<State> | undefined {
    return this.slots.get(slot);
  }

  /** The time of games was set forward at once, by `byMs`: all rounds keep what they had left. */
  timeSet(byMs: number): void {
    for (const sessions of this.slots.values()) {
      sessions.lengthen(byMs);
      this.ends.setAll(sessions);
    }
  }

  /** NATS was away, or has lost something: what else it may have lost only a list can tell. */
  doubt(): void {
    for (const sessions of this.slots.values()) sessions.doubt();
    const { clock, random } = this.context;
    this.listingAnew ??= clock.after(LIST_ANEW_MS * (0.5 + random.fraction()), () => {
      this.listingAnew = null;
      this.discovery.again([...this.slots.keys()]);
    });
  }

  /** Another member has watchers of the game. */
  publishFor(gameId: string): void {
    this.feed.publishFor(gameId);
  }

  execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    const sessions = this.slots.get(slot);
    if (sessions === undefined) return Promise.resolve(MOVED);
    if (operation.kind === 'state') return this.showState(sessions, operation, deadline);
    return sessions.execute(operation, deadline);
  }

  /** How much is kept, for whoever checks that it stays within its bounds. */
  inspect(): HostSizes {
    return {
      ...this.ends.sizes,
      loading: this.loads.sizes,
      claims: countClaims(this.slots.values()),
      followed: this.presences.size,
      interest: this.feed.interest,
    };
  }

  get sessionCount(): number {
    return countSessions(this.slots.values());
  }

  /** How many there are of each status, and `suspended`. */
  countGames(): ReadonlyMap<string, number> {
    return countGames(this.slots.values());
  }

  /** The first committed sessions in order of id, and the slots for which that is all there is. */
  page(query: Parameters<typeof pageOf>[1]): ReturnType<typeof pageOf> {
    return pageOf(this.slots.values(), query);
  }

  private found(slots: readonly SlotSessions<State>[]): Promise<void> {
    for (const sessions of slots) {
      this.ends.setAll(sessions);
      this.webhooks.tellAll(sessions);
    }
    return claim(this.tasks, slots, (item, epoch) => item.listing.epoch < epoch);
  }

  private committed(slot: number, item: Item<State>): void {
    const { live, gameId } = item;
    const game = live?.session.committed ?? null;
    this.ends.set(slot, item);
    this.webhooks.tell(slot, item);
    // A claim: it may have brought a deadline that no list showed.
    if (game === null) return;
    try {
      this.context.updated(gameId, game);
      this.feed.publish(slot, gameId, game, null);
    } catch (error) {
      this.context.incidents.failed(`telling of ${gameKey(slot, gameId)}`, error);
    }
  }

  /** To a gateway, which says who follows the game there, and is told who does anywhere. */
  private async showState(
    sessions: SlotSessions<State>,
    operation: Extract<MemberOperation, { kind: 'state' }>,
    deadline: number,
  ): Promise<HostAnswer> {
    const { gameId, present } = operation;
    const answer = await sessions.execute(operation, deadline);
    if (answer.kind !== 'answer' || answer.status !== 200) return answer;
    if (present !== undefined) this.presences.heard(sessions.slot, gameId, present);
    return { ...answer, body: withPresence(answer.body, this.presences.of(sessions.slot, gameId)) };
  }

  /** A game that is not in memory is told when gateways read it. */
  private tellPresence(slot: number, gameId: string, presence: Presence): void {
    this.context.followed(gameId, presence);
    const game = this.slots.get(slot)?.items.get(gameId)?.live?.session.committed ?? null;
    if (game !== null) this.feed.publish(slot, gameId, game, presence);
  }

  private sweep(): void {
    const now = this.context.clock.monotonic();
    for (const sessions of this.slots.values()) sessions.evictIdle(now - this.settings.idleMs);
    this.feed.forgetOld();
  }
}
