/**
 * The sessions of one slot that are in memory: how stored bytes become one, and what is left of one whose write failed for good.
 *
 * Invariants:
 *  - A stored epoch above ours ends it: the slot has another owner.
 *  - A session that was unloaded is never used again; what is needed to find it again is kept.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Entry } from '../../ports/store.ts';
import { clockOf, keptUntil } from '../../session/round-clock.ts';
import { Session } from '../../session/session.ts';
import { decode, parseGoesOn, parseListing, type Snapshot, type Stamp } from '../../session/snapshot.ts';
import { furtherOf, isFurther, isOutstanding, type Told } from '../../session/told.ts';
import type { Settled } from '../store/settle.ts';
import { drawing } from './drawing.ts';
import { LiveSession } from './live-session.ts';
import { type Item, isConcluded, SessionItems } from './session-items.ts';
import { SessionRemoval } from './session-removal.ts';
import type { LoaderContext } from './slot-context.ts';
import { Troubles } from './troubles.ts';

/** When something was stored, and what its writer said beside it. */
type Written = Pick<Entry, 'headers' | 'writtenAt'>;

export class SessionMemory<State> {
  readonly items: SessionItems<State>;
  readonly troubles: Troubles;
  readonly removal: SessionRemoval<State>;
  private readonly context: LoaderContext<State>;
  private readonly slot: number;
  private readonly stamp: Stamp;
  private closed = false;

  constructor(context: LoaderContext<State>, slot: number) {
    this.context = context;
    this.slot = slot;
    this.stamp = context.stamp;
    this.items = new SessionItems<State>(context.shownBytes);
    this.troubles = new Troubles(context, slot);
    this.removal = new SessionRemoval(context, slot, {
      isClosed: () => this.closed,
      learn: (item, facts) => this.items.learn(item, facts),
      unload: (item) => this.unload(item),
      lost: (item, cause) => this.lost(item, cause),
    });
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
    for (const item of this.items.all.values()) item.live?.lose();
    this.items.clear();
    this.troubles.clear();
  }

  /** A session that was handed over with its bytes: nothing to write. If they cannot be used it is read when it is touched. */
  revive(item: Item<State>, value: Uint8Array): void {
    const session = this.resume(item, value, null);
    if (session === null) return;
    // What the writer knew of the state may have had no place in what it wrote (session/snapshot.ts).
    this.items.learn(item, { listing: { ...session.listing(), epoch: item.listing.epoch } });
    this.items.tell(item, { kind: 'enter', live: this.build(item, session, 'stored'), stored: value });
    this.removal.concludeIfOver(item, session);
  }

  /** `claimed`: the entry with the value; null: it was handed over. Null if its epoch is above ours. Throws SnapshotError. */
  resume(item: Item<State>, value: Uint8Array, claimed: Written | null): Session<State, GameCommand> | null {
    let snapshot: Snapshot<State>;
    try {
      snapshot = decode(this.context.rules, value);
    } catch (error) {
      if (claimed !== null) throw error;
      this.tell(item, error);
      return null;
    }
    if (snapshot.stamp.epoch > this.stamp.epoch) {
      this.context.fenced(this.slot, snapshot.stamp.epoch);
      return null;
    }
    if (snapshot.commit < item.listing.commit) {
      this.context.rolledBack(this.slot, item.gameId, item.listing.commit, snapshot.commit);
    }
    if (claimed !== null && !this.isOurs(snapshot)) this.heed(item, snapshot, claimed);
    const writtenAt = claimed && this.context.time.ofStore(claimed.writtenAt);
    const { largestValue } = this.context.store;
    const { revision, state } = item;
    const { clocks } = state;
    // Whoever takes a game over has not heard its host yet: it may be silent for as long as under the owner before.
    const hostHeardAt = (state.kind === 'out' ? state.hostHeardAt : null) ?? this.context.time.now();
    const moduleWritten = () => this.context.written().module;
    const told = this.context.outbox === null ? {} : { told: item.listing.told ?? null };
    const known = { largestValue, clocks, hostHeardAt, draw: drawing(this.context), moduleWritten, ...told };
    const from = { revision, sizeBytes: value.length, stamp: this.stamp, writtenAt, ...known };
    return Session.resume(this.context.rules, snapshot, from);
  }

  private isOurs({ stamp }: Pick<Snapshot<State>, 'stamp'>): boolean {
    return stamp.incarnation === this.stamp.incarnation && stamp.epoch === this.stamp.epoch;
  }

  /** What is claimed says how long its round was to go on, and the store's clock how long ago that was, at least: it may end late, but not early. */
  private heed(item: Item<State>, { state }: Pick<Snapshot<State>, 'state'>, { headers, writtenAt }: Written): void {
    const { rules, time } = this.context;
    const goesOnMs = parseGoesOn(headers);
    const clock = clockOf(rules.deadline(state), item.state.clocks);
    if (goesOnMs === null || clock === null) return;
    const kept = keptUntil(clock, time.now() + goesOnMs - time.leastSince(writtenAt));
    if (kept !== clock) this.items.tell(item, { kind: 'heed', clock: kept });
  }

  /** Puts a session into memory that is made now; `onLost` hears why a write of it failed for good. */
  made(
    item: Item<State>,
    session: Session<State, GameCommand>,
    onLost: (cause: Settled) => void,
  ): LiveSession<State, GameCommand> {
    const live = this.build(item, session, 'made', onLost);
    this.items.tell(item, { kind: 'enter', live, stored: null });
    return live;
  }

  /** A session whose claim is to be written: until that landed nobody may find it. */
  claiming(
    item: Item<State>,
    session: Session<State, GameCommand>,
    onLost: (cause: Settled) => void,
  ): LiveSession<State, GameCommand> {
    const live = this.build(item, session, 'stored', onLost);
    this.items.tell(item, { kind: 'claim', live });
    return live;
  }

  private build(
    item: Item<State>,
    session: Session<State, GameCommand>,
    origin: 'made' | 'stored',
    onLost: (cause: Settled) => void = () => undefined,
  ): LiveSession<State, GameCommand> {
    const live = new LiveSession(this.context, session, origin, {
      committed: (value, listing) => {
        // A claim shows that it can be loaded, not that what failed before can be written.
        if (item.live === live) this.troubles.over(item.gameId);
        this.items.tell(item, { kind: 'commit', stored: value });
        // While a claim is written, what is told is noted at the item only.
        const told = furtherOf(furtherOf(listing.told, session.told.now), item.listing.told);
        if (told !== undefined) session.told.set(told);
        this.items.learn(item, { revision: session.revision, deleted: false, listing: { ...listing, told } });
      },
      observed: () => {
        // A claim that lands after its slot was closed is nobody's.
        if (this.closed) return;
        this.context.committed(this.slot, item);
        this.removal.concludeIfOver(item, session);
      },
      abandoned: (reason) => this.context.abandoned(this.slot, item.gameId, reason),
      lost: (cause) => {
        onLost(cause);
        // A claim is tried again by whoever loads.
        if (item.live === live) this.lost(item, cause);
      },
    });
    live.touchedAt = this.context.clock.monotonic();
    return live;
  }

  /** A write failed for good: forget the session; the next touch reads what is stored. */
  lost(item: Item<State>, cause: Settled): void {
    if (this.closed) return;
    this.unload(item);
    this.learn(item, cause);
    const { troubles } = this;
    const pauseMs = cause.kind === 'refused' ? troubles.refused(item.gameId) : troubles.failed(item.gameId);
    if (!this.closed && item.revision > 0) this.context.dropped(this.slot, item.gameId, pauseMs);
  }

  /** What a write that failed for good tells of the store. */
  learn(item: Item<State>, cause: Settled): void {
    if (cause.kind === 'conflict') {
      const { revision, deleted, headers } = cause.entry;
      const listing = deleted ? parseListing(headers) : item.listing;
      this.items.learn(item, { revision: Math.max(item.revision, revision), deleted, listing });
      const epoch = this.context.store.outranking(cause.entry);
      if (epoch !== null) this.context.fenced(this.slot, epoch);
    } else if (cause.kind === 'refused') {
      this.tell(item, cause.reason);
    } else if (cause.kind === 'rolledBack') {
      this.context.rolledBack(this.slot, item.gameId, item.revision, cause.entry?.revision ?? 0);
      this.items.learn(item, { revision: cause.entry?.revision ?? 0 });
    }
  }

  /** How far a webhook was told of it. Once that is all of a game that is over, its deletion marker says so. */
  told(item: Item<State>, told: Told): void {
    item.live?.session.told.set(told);
    const { listing } = item;
    const known = listing.told ?? { seq: 0, round: 0, newest: told.seq };
    if (isFurther(told, known)) this.items.learn(item, { listing: { ...listing, told: { ...known, ...told } } });
    if (!isConcluded(item) || item.loading !== null || isOutstanding(item.listing.told)) return;
    item.loading = this.removal
      .retell(item)
      .catch((error: unknown) => this.tell(item, error))
      .finally(() => {
        item.loading = null;
      });
  }

  /** Operators hear of it, once. */
  tell(item: Item<State>, error: unknown): void {
    if (this.troubles.isNews(item.gameId, String(error))) this.context.broken(this.slot, item.gameId, error);
  }

  /** Nothing is known of it any more. */
  forget(gameId: string): void {
    this.items.forget(gameId);
    this.troubles.over(gameId);
    this.context.removed(this.slot, gameId);
  }

  /** Forgets the state, keeping what is needed to find it again. Whoever found it before has to look again. */
  unload(item: Item<State>): void {
    this.items.tell(item, { kind: 'unload' });
  }
}
