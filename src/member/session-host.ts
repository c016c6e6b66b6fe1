/**
 * All sessions that this incarnation hosts, slot by slot.
 *
 * Role: opens and closes slots, has them listed, claims what was taken over, rings rounds that are due, forgets idle sessions.
 * Invariants:
 *  - At most one deadline is kept for a game, and none for a slot that is not hosted.
 *  - A slot is hosted between `open` and `close`, under one epoch; `closed` slots keep nothing in memory.
 *  - After a takeover every unfinished session is claimed without anyone asking, those with the nearest deadline first.
 */
import type { Timer } from '../ports/clock.ts';
import type { Messaging } from '../ports/messaging.ts';
import type { CommittedGame } from '../session/committed-game.ts';
import { CONCLUDED, roundEndOf } from '../session/snapshot.ts';
import { every } from './every.ts';
import { type HostAnswer, MOVED } from './host-answers.ts';
import type { Incidents } from './incidents.ts';
import { DeadlineQueue } from './kit/deadline-queue.ts';
import { Limiter } from './kit/limiter.ts';
import { Tasks } from './kit/tasks.ts';
import type { Presence } from './presence.ts';
import { Presences } from './presences.ts';
import type { ListedGame, MemberOperation, RoutedOperation } from './rpc.ts';
import { firstGames, type IndexQuery } from './session-index.ts';
import { dueAt, type Item, lengthen } from './session-items.ts';
import type { Adopted } from './session-loader.ts';
import { listSlots, type SlotListing, type SlotListings } from './slot-lister.ts';
import { type SlotContext, SlotSessions } from './slot-sessions.ts';
import { encodeUpdate, withPresence } from './updates.ts';

/** Sessions that are read and claimed at once, whoever wants them. */
const LOADS_AT_ONCE = 64;
/** Rounds whose ends are under way at once: while their records cannot be written, sessions are loaded all the same. */
const ENDS_AT_ONCE = 64;
const RING_AGAIN_MS = 50;
const RELIST_MS = 300_000;
const LIST_AGAIN_MS = 1_000;
const GATHER_MS = 25;
const KEEP_MARKERS_MS = 3_600_000;
/** Updates are published for this long after another member showed interest. */
const INTEREST_MS = 15_000;
/** Of a slot's first record. */
const FIRST_EPOCH = 1;

export interface HostSettings {
  readonly idleMs: number;
}

export type HostContext<State> = Omit<
  SlotContext<State>,
  'committed' | 'removed' | 'dropped' | 'loads' | 'rolledBack' | 'outranked' | 'broken' | 'abandoned' | 'presenceOf'
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
  readonly loading: { readonly running: number; readonly waiting: number };
  readonly ending: { readonly running: number; readonly waiting: number };
  /** Games of which it is known who follows them. */
  readonly followed: number;
}

/** What a handoff brings. */
export interface Stash extends Adopted {
  readonly listing: SlotListing;
}

export class SessionHost<State> {
  private readonly context: SlotContext<State> & HostContext<State>;
  private readonly settings: HostSettings;
  private readonly slots = new Map<number, SlotSessions<State>>();
  private readonly deadlines: DeadlineQueue;
  private readonly tasks: Tasks;
  private readonly loads = new Limiter(LOADS_AT_ONCE);
  private readonly ends = new Limiter(ENDS_AT_ONCE);
  /** Game → until when (monotonic) its updates are published. */
  private readonly interest = new Map<string, number>();
  private readonly presences: Presences;
  private toList: number[] = [];
  private purging = false;
  private readonly timers: readonly Timer[];

  constructor(context: HostContext<State>, settings: HostSettings) {
    const { incidents } = context;
    this.settings = settings;
    this.context = {
      ...context,
      loads: this.loads,
      committed: (slot, item) => this.committed(slot, item),
      removed: (slot, gameId) => this.deadlines.drop(slot, gameId),
      dropped: (slot, gameId, inMs) => this.ringAgain(slot, gameId, inMs),
      rolledBack: (slot, gameId, known, found) => incidents.rolledBack(`${slot}.${gameId}`, known, found),
      abandoned: (slot, gameId, reason) => incidents.failed(`the end of a round of ${slot}.${gameId}`, reason),
      outranked: (slot, key, epoch) => {
        incidents.outranked(key, epoch);
        context.fenced(slot, epoch);
      },
      broken: (slot, gameId, error) => incidents.unreadable(`${slot}.${gameId}`, error),
      presenceOf: (slot, gameId) => this.presences.of(slot, gameId),
    };
    this.tasks = new Tasks((name, error) => incidents.failed(name, error));
    const { clock, time } = context;
    this.presences = new Presences({
      clock,
      time,
      told: (slot, gameId, presence) => this.tellPresence(slot, gameId, presence),
    });
    this.deadlines = new DeadlineQueue(
      { now: () => time.now(), after: (ms, run) => clock.after(ms, run) },
      (slot, gameId, at) => this.ring(slot, gameId, at),
    );
    const sweepMs = Math.max(50, Math.min(settings.idleMs / 4, 30_000));
    this.timers = [
      every(context.clock, sweepMs, () => this.sweep()),
      every(context.clock, RELIST_MS, () => this.list([...this.slots.keys()])),
    ];
  }

  /** Begins to host. Without a stash the slot is listed and claimed in the background. */
  open(slot: number, epoch: number, stash: Stash | null): void {
    this.close(slot);
    const sessions = new SlotSessions(this.context, slot, epoch);
    this.slots.set(slot, sessions);
    this.presences.open(slot, epoch === FIRST_EPOCH);
    if (stash === null) {
      // Slots that are taken together are listed together, and sessions that somebody waits for go first.
      if (this.toList.length === 0) this.context.clock.after(GATHER_MS, () => this.list(this.toList.splice(0)));
      this.toList.push(slot);
    } else {
      sessions.adopt(stash.listing, stash);
      this.setDeadlines(sessions);
      const isWanted = ({ gameId, listing }: Item<State>) =>
        stash.unsettled.has(gameId) || listing.status === CONCLUDED;
      this.claim([sessions], isWanted);
    }
  }

  close(slot: number): void {
    this.slots.get(slot)?.close();
    this.slots.delete(slot);
    this.presences.close(slot);
    this.deadlines.dropSlot(slot);
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.deadlines.stop();
    for (const slot of [...this.slots.keys()]) this.close(slot);
    this.presences.stop();
    this.loads.end();
    this.ends.end();
  }

  get(slot: number): SlotSessions<State> | undefined {
    return this.slots.get(slot);
  }

  /** The time of games was set forward at once, by `byMs`: all rounds keep what they had left. */
  timeSet(byMs: number): void {
    for (const sessions of this.slots.values()) {
      for (const item of sessions.items.values()) lengthen(item, byMs);
      this.setDeadlines(sessions);
    }
  }

  /** Another member has watchers of the game. */
  publishFor(gameId: string): void {
    this.interest.set(gameId, this.context.clock.monotonic() + INTEREST_MS);
  }

  execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    const sessions = this.slots.get(slot);
    if (sessions === undefined) return Promise.resolve(MOVED);
    if (operation.kind === 'state') return this.showState(sessions, operation, deadline);
    return sessions.execute(operation, deadline);
  }

  /** How much is kept, for whoever checks that it stays within its bounds. */
  inspect(): HostSizes {
    const { deadlines, loads, ends } = this;
    return {
      deadlines: deadlines.size,
      nextDeadline: deadlines.next,
      loading: { running: loads.running, waiting: loads.waiting },
      ending: { running: ends.running, waiting: ends.waiting },
      followed: this.presences.size,
    };
  }

  get sessionCount(): number {
    let count = 0;
    for (const { index } of this.slots.values()) count += index.size;
    return count;
  }

  /** How many there are of each status, and `suspended`. */
  countGames(): ReadonlyMap<string, number> {
    const counts = new Map([
      ['lobby', 0],
      ['active', 0],
      ['suspended', 0],
    ]);
    for (const { index } of this.slots.values()) index.addCounts(counts);
    return counts;
  }

  /** The first committed sessions in order of id, and the slots for which that is all there is. */
  page({ limit, ...query }: IndexQuery & { readonly limit: number }): { slots: number[]; games: ListedGame[] } {
    const complete = [...this.slots.values()].filter(({ listed, isFrozen }) => listed && !isFrozen);
    const indexes = complete.map(({ index }) => index);
    const games = firstGames(indexes, query, limit).map(({ gameId, listing }) => {
      const endsAt = roundEndOf(listing);
      const roundEndTime = endsAt === null ? null : new Date(endsAt).toISOString();
      const { status, listed, suspended, playedAt, lobby } = listing;
      return { id: gameId, status, roundEndTime, listed, suspended, playedAt, ...(lobby && { lobby }) };
    });
    return { slots: complete.map(({ slot }) => slot), games };
  }

  private list(slots: readonly number[]): void {
    this.listAndClaim(slots).catch((error: unknown) => {
      this.context.incidents.failed('listing slots', error);
      this.context.clock.after(LIST_AGAIN_MS, () => this.list(slots));
    });
  }

  private async listAndClaim(slots: readonly number[]): Promise<void> {
    const wanted = slots.map((slot) => this.slots.get(slot)).filter((sessions) => sessions !== undefined);
    if (wanted.length === 0) return;
    const listings = await listSlots(
      this.context,
      wanted.map((sessions) => sessions.slot),
    );
    if (listings === null) return;
    const { clock } = this.context;
    const adopted = wanted.filter((sessions) => !sessions.isClosed);
    for (const sessions of adopted) {
      if (!sessions.listed)
        this.context.meter.observe('listing_seconds', (clock.monotonic() - sessions.openedAt) / 1000, {});
      sessions.adopt(listings.get(sessions.slot) ?? new Map<string, never>());
      this.setDeadlines(sessions);
    }
    this.claim(adopted, (item, epoch) => item.listing.epoch < epoch);
    this.tasks.run('purging the markers of deleted games', this.purge(adopted, listings));
  }

  private async purge(opened: readonly SlotSessions<State>[], listings: SlotListings): Promise<void> {
    if (this.purging) return;
    this.purging = true;
    try {
      for (const sessions of opened) {
        const listing = listings.get(sessions.slot);
        if (listing !== undefined) await sessions.purge(listing, KEEP_MARKERS_MS);
      }
    } finally {
      this.purging = false;
    }
  }

  /** Claims what is not claimed yet: from then on no write of an earlier owner can land. */
  private claim(opened: readonly SlotSessions<State>[], isWanted: (item: Item<State>, epoch: number) => boolean): void {
    const waiting = opened.flatMap((sessions) =>
      [...sessions.items.values()]
        .filter((item) => !item.deleted && item.live === null && isWanted(item, sessions.stamp.epoch))
        .map(({ gameId, listing }) => ({ sessions, gameId, at: listing.deadline ?? Number.POSITIVE_INFINITY })),
    );
    // The limiter orders those that have to wait.
    waiting.sort((a, b) => a.at - b.at);
    for (const { sessions, gameId, at } of waiting) this.tasks.run('claim', sessions.claim(gameId, at));
  }

  private setDeadlines(sessions: SlotSessions<State>): void {
    for (const item of sessions.items.values()) this.setDeadline(sessions.slot, item);
  }

  private setDeadline(slot: number, item: Item<State>): void {
    const due = dueAt(item);
    if (due !== null && !item.deleted) this.deadlines.set(slot, item.gameId, due);
    else this.deadlines.drop(slot, item.gameId);
  }

  private ringAgain(slot: number, gameId: string, inMs: number): void {
    if (this.slots.has(slot)) this.deadlines.set(slot, gameId, this.context.time.now() + inMs);
  }

  private ring(slot: number, gameId: string, at: number): void {
    const sessions = this.slots.get(slot);
    if (sessions === undefined) return;
    if (sessions.isFrozen) this.ringAgain(slot, gameId, RING_AGAIN_MS);
    else
      this.tasks.run(
        'round end',
        this.ends.run(at, () => sessions.ring(gameId, at)),
      );
  }

  private committed(slot: number, item: Item<State>): void {
    const { live, gameId } = item;
    const game = live?.session.committed ?? null;
    this.setDeadline(slot, item);
    // A claim: it may have brought a deadline that no list showed.
    if (game === null) return;
    try {
      this.tell(slot, gameId, game);
    } catch (error) {
      this.context.incidents.failed(`telling of ${slot}.${gameId}`, error);
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
    if (game !== null) this.publish(slot, gameId, game, presence);
  }

  private tell(slot: number, gameId: string, game: CommittedGame<State>): void {
    this.context.updated(gameId, game);
    this.publish(slot, gameId, game, null);
  }

  /** Where another member showed interest. */
  private publish(slot: number, gameId: string, game: CommittedGame<State>, presence: Presence | null): void {
    const until = this.interest.get(gameId);
    if (until === undefined) return;
    if (until < this.context.clock.monotonic()) this.interest.delete(gameId);
    else {
      const update = encodeUpdate(this.context.rules, game, this.context.written());
      this.context.messaging.publish(slot, gameId, new TextEncoder().encode(withPresence(update, presence)));
    }
  }

  private sweep(): void {
    const now = this.context.clock.monotonic();
    for (const sessions of this.slots.values()) sessions.evictIdle(now - this.settings.idleMs);
    for (const [gameId, until] of this.interest) if (until < now) this.interest.delete(gameId);
  }
}
