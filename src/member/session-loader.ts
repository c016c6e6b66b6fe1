/**
 * The sessions of one slot: which there are, and how each comes into memory.
 *
 * Role: finds, reads and claims sessions; forgets them when a write failed for good or nobody uses them.
 * Invariants:
 *  - A session is found only once it is ours: handed over with its bytes, or claimed by a write (I1).
 *  - A read proves no absence: `absent` before the slot is listed is never said.
 *  - A stored epoch above ours ends it: the slot has another owner.
 */
import type { GameCommand } from '../game/commands.ts';
import type { Entry } from '../ports/store.ts';
import { newestClocks, type RoundClock } from '../session/round-clock.ts';
import type { Rules } from '../session/rules.ts';
import { Session } from '../session/session.ts';
import { decode, parseListing, type Snapshot, type Stamp } from '../session/snapshot.ts';
import type { ClusterTime } from './cluster-time.ts';
import { drawing } from './drawing.ts';
import type { Limiter } from './kit/limiter.ts';
import { sleep } from './kit/retry.ts';
import { LiveSession, type LiveSessionContext } from './live-session.ts';
import { type Item, SessionItems } from './session-items.ts';
import { SessionRemoval } from './session-removal.ts';
import { readOrNothing, type Settled, settle } from './settle.ts';
import type { SlotListing } from './slot-lister.ts';
import { Troubles, type Unusable } from './troubles.ts';

/** Reads that show less than is known are repeated this often before the store is believed (I9): with their pauses, for about 3 s. */
export const LAGGING_READS = 15;
/** A deadline before all others. */
const SOMEBODY_WAITS = 0;

/** What is stored of it cannot be read (`forGood`), or the store takes no claim of it now. */
export class SessionUnusable extends Error {
  override readonly name = 'SessionUnusable';
  readonly forGood: boolean;

  constructor({ reason, forGood }: Unusable) {
    super(reason);
    this.forGood = forGood;
  }
}

/** What came of one load; all but the first three mean that there has to be another. */
type Loaded = 'found' | 'nothing' | 'unusable' | 'unanswered' | 'lagging' | 'conflict';

export interface LoaderContext<State> extends LiveSessionContext {
  readonly time: Pick<ClusterTime, 'now' | 'ageOf' | 'ofStore'>;
  readonly rules: Rules<State, GameCommand>;
  /** Who may load a session, all slots together. */
  readonly loads: Limiter;
  /** Aborted when nothing more is wanted of this incarnation. */
  readonly ended: AbortSignal;
  /** This stored epoch is above ours: the slot has another owner, or had one that the store has forgotten. */
  fenced(slot: number, epoch: number): void;
  /** A write of it landed, and everybody who waited for that was told. Never throws. */
  committed(slot: number, item: Item<State>): void;
  /** The session is deleted, or was never there. */
  removed(slot: number, gameId: string): void;
  /** A write of the session failed for good; it was forgotten and has to be read again, `inMs` from now. */
  dropped(slot: number, gameId: string, inMs: number): void;
  rolledBack(slot: number, gameId: string, known: number, found: number): void;
  broken(slot: number, gameId: string, error: unknown): void;
  /** A round was ended without its actions, because the rules failed on it. */
  abandoned(slot: number, gameId: string, reason: string): void;
}

/** What a handoff brings besides the list: bytes, and which sessions have a write in doubt. */
export interface Adopted {
  readonly stored: ReadonlyMap<string, Uint8Array>;
  readonly unsettled: ReadonlySet<string>;
  /** Rounds that would be cut short: the clock of the owner before was behind. */
  readonly clocks: ReadonlyMap<string, RoundClock>;
}

const NOTHING: Adopted = { stored: new Map(), unsettled: new Set(), clocks: new Map() };

export class SessionLoader<State> {
  readonly items = new SessionItems<State>();
  private readonly context: LoaderContext<State>;
  private readonly slot: number;
  private readonly frozen: () => Promise<void> | null;
  private readonly stamp: Stamp;
  private readonly removal: SessionRemoval<State>;
  private readonly troubles: Troubles;
  private readonly whenListed: Promise<void>;
  private nowListed: () => void = () => undefined;
  private isListed = false;
  private closed = false;

  /** `frozen`: null, or what ends with the freeze: until then nothing is read and claimed. */
  constructor(context: LoaderContext<State>, slot: number, frozen: () => Promise<void> | null) {
    this.context = context;
    this.slot = slot;
    this.frozen = frozen;
    this.stamp = context.stamp;
    this.troubles = new Troubles(context);
    this.removal = new SessionRemoval(context, slot, {
      isClosed: () => this.closed,
      learn: (item, facts) => this.items.learn(item, facts),
      unload: (item) => this.unload(item),
      lost: (item, cause) => this.lost(item, cause),
    });
    this.whenListed = new Promise((resolve) => {
      this.nowListed = resolve;
    });
  }

  /** Whether everything that is stored in the slot is known. */
  get listed(): boolean {
    return this.isListed;
  }

  /** Everything that is stored in the slot, from a listing or a handoff; merged with what is known already. */
  adopt(listing: SlotListing, { stored, unsettled, clocks }: Adopted = NOTHING): void {
    for (const [gameId, found] of listing) {
      const known = this.items.get(gameId);
      if (known !== undefined && known.revision >= found.revision) continue;
      const item = this.items.of(gameId);
      this.items.learn(item, { revision: found.revision, deleted: found.deleted, listing: found.listing });
      item.doubtful = unsettled.has(gameId);
      const clock = clocks.get(gameId);
      item.clocks = clock === undefined ? [] : [clock];
      const value = stored.get(gameId);
      if (value !== undefined && known === undefined) this.revive(item, value);
    }
    this.isListed = true;
    this.nowListed();
  }

  /** For how many ms nobody tries to load it. */
  pauseOf(gameId: string): number {
    return this.troubles.pauseOf(gameId);
  }

  close(): void {
    this.closed = true;
    for (const item of this.items.all.values()) item.live?.lose();
    this.items.clear();
    this.troubles.clear();
    this.nowListed();
  }

  /**
   * The session, claimed; or `absent`, which the caller still has to verify. `at`: when it is needed, wall ms; by default somebody waits.
   * Rejects with SessionUnusable.
   */
  async find(gameId: string, at = SOMEBODY_WAITS): Promise<LiveSession<State, GameCommand> | 'absent'> {
    for (;;) {
      if (this.closed) return 'absent';
      const item = this.items.get(gameId);
      if (item?.live) return item.live;
      const unusable = this.troubles.unusableNow(gameId);
      const pauseMs = this.troubles.pauseOf(gameId);
      if (item?.loading) await item.loading;
      else if (this.isListed && (item === undefined || item.deleted)) return 'absent';
      else if (this.frozen() !== null) await this.frozen();
      else if (unusable !== null) throw new SessionUnusable(unusable);
      else if (pauseMs > 0) await sleep(this.context.clock, pauseMs);
      else if ((await this.context.loads.run(at, () => this.load(gameId))) === 'nothing') {
        if (this.isListed) return 'absent';
        await this.whenListed;
      }
    }
  }

  /** With a place at the limiter: reads and claims, once. */
  private async load(gameId: string): Promise<'nothing' | 'look'> {
    const known = this.items.get(gameId);
    // Somebody was faster, or it is gone meanwhile, or the slot is being handed over.
    if (this.closed || this.frozen() !== null || known?.live || known?.loading || this.troubles.pauseOf(gameId) > 0)
      return 'look';
    if (this.isListed && (known === undefined || known.deleted)) return 'look';
    const item = this.items.of(gameId);
    const { clock, meter } = this.context;
    const startedAt = clock.monotonic();
    const attempt = this.readAndClaim(item).catch((error: unknown) => this.cannotUse(item, error, true));
    item.loading = attempt.then(() => undefined);
    const outcome = await attempt;
    item.loading = null;
    meter.count('game_loads', { outcome });
    meter.observe('load_seconds', (clock.monotonic() - startedAt) / 1000, {});
    if (outcome === 'found' || outcome === 'nothing') this.troubles.loaded(gameId);
    else if (outcome !== 'unusable') this.troubles.again(gameId, outcome);
    if (outcome !== 'nothing') return 'look';
    if (item.live === null && item.revision === 0 && this.items.get(gameId) === item) this.forget(gameId);
    return 'nothing';
  }

  private async readAndClaim(item: Item<State>): Promise<Loaded> {
    const { gameId } = item;
    const open = this.context.gate();
    if (open !== true) {
      this.troubles.forgetLag(gameId);
      if (!(await open)) return 'unanswered';
    }
    const entry = await readOrNothing(this.context.sessions, `${this.slot}.${gameId}`);
    if (this.closed) return 'found';
    if (entry === undefined) return 'unanswered';
    if ((entry?.revision ?? 0) < item.revision) {
      if (this.troubles.lagged(gameId) <= LAGGING_READS) return 'lagging';
      this.context.rolledBack(this.slot, gameId, item.revision, entry?.revision ?? 0);
      // What the store shows is the truth from now on: a game that is lost can be made again where nothing is.
      this.items.learn(item, { revision: entry?.revision ?? 0 });
    }
    if ((entry === null || entry.deleted) && item.doubtful) {
      return (await this.forestall(item, entry?.revision ?? 0)) ? 'nothing' : 'conflict';
    }
    if (entry === null) return 'nothing';
    const { revision, deleted, headers } = entry;
    // What was known before is kept: its commit tells whether the store went back.
    const isNews = deleted || item.revision === 0;
    this.items.learn(item, { revision, deleted, ...(isNews && { listing: parseListing(headers) }) });
    return deleted ? 'nothing' : this.claim(item, entry);
  }

  /** Writes a deletion marker where the game would be: a creation that is still under way can never land then. False if it has landed. */
  private async forestall(item: Item<State>, expected: number): Promise<boolean> {
    const key = `${this.slot}.${item.gameId}`;
    const settled = await settle(this.context, { bucket: this.context.sessions, key, value: null, expected });
    if (settled.kind === 'conflict') item.doubtful = false;
    else if (settled.kind === 'landed') this.items.learn(item, { revision: settled.revision, deleted: true });
    return settled.kind !== 'conflict';
  }

  /** A session that was handed over with its bytes: nothing to write. If they cannot be used it is read when it is touched. */
  private revive(item: Item<State>, value: Uint8Array): void {
    const session = this.resume(item, value, null);
    if (session === null) return;
    item.stored = value;
    // What the writer knew of the state may have had no place in what it wrote (session/snapshot.ts).
    this.items.learn(item, { listing: { ...session.listing(), epoch: item.listing.epoch } });
    this.live(item, session, 'stored');
    this.removal.concludeIfOver(item, session);
  }

  /** Stamps a stored session as ours. */
  private async claim(item: Item<State>, { value, writtenAt }: Entry): Promise<Loaded> {
    const session = this.resume(item, value, this.context.time.ofStore(writtenAt));
    if (session === null) return 'conflict';
    const causes: Settled[] = [];
    const live = this.live(item, session, 'stored', (cause) => causes.push(cause));
    // Until the claim landed nobody may find it.
    item.live = null;
    const outcome = await live.commit(1);
    if (this.closed) return 'found';
    if (outcome === 'committed') {
      item.live = live;
      item.doubtful = false;
      return 'found';
    }
    const [cause] = causes;
    if (cause?.kind === 'refused') return this.cannotUse(item, cause.reason, false);
    if (cause !== undefined) this.learn(item, cause);
    return 'conflict';
  }

  /** Nobody tries again before its pause is over. */
  private cannotUse(item: Item<State>, error: unknown, forGood: boolean): 'unusable' {
    this.tell(item, error);
    const pauseMs = this.troubles.unusable(item.gameId, { reason: String(error), forGood });
    if (!this.closed) this.context.dropped(this.slot, item.gameId, pauseMs);
    return 'unusable';
  }

  private tell(item: Item<State>, error: unknown): void {
    if (this.troubles.isNews(item.gameId, String(error))) this.context.broken(this.slot, item.gameId, error);
  }

  /** `writtenAt`: of what is claimed, cluster time; null: it was handed over. Null if its epoch is above ours. Throws SnapshotError. */
  private resume(item: Item<State>, value: Uint8Array, writtenAt: number | null): Session<State, GameCommand> | null {
    let snapshot: Snapshot<State>;
    try {
      snapshot = decode(this.context.rules, value);
    } catch (error) {
      if (writtenAt !== null) throw error;
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
    const { largestValue } = this.context.sessions;
    const { revision, clocks } = item;
    // Whoever takes a game over has not heard its host yet: it may be silent for as long as under the owner before.
    const hostHeardAt = item.hostHeardAt ?? this.context.time.now();
    item.hostHeardAt = null;
    const moduleWritten = () => this.context.written().module;
    const known = { largestValue, clocks, hostHeardAt, draw: drawing(this.context), moduleWritten };
    const from = { revision, sizeBytes: value.length, stamp: this.stamp, writtenAt, ...known };
    return Session.resume(this.context.rules, snapshot, from);
  }

  /** Puts a session into memory; `onLost` hears why a write of it failed for good. */
  live(
    item: Item<State>,
    session: Session<State, GameCommand>,
    origin: 'made' | 'stored',
    onLost: (cause: Settled) => void = () => undefined,
  ): LiveSession<State, GameCommand> {
    const live = new LiveSession(this.context, this.slot, session, origin, {
      committed: (value, listing) => {
        // A claim shows that it can be loaded, not that what failed before can be written.
        if (item.live === live) this.troubles.over(item.gameId);
        item.stored = value;
        this.items.learn(item, { revision: session.revision, deleted: false, listing });
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
    item.live = live;
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
  private learn(item: Item<State>, cause: Settled): void {
    if (cause.kind === 'conflict') {
      const { revision, deleted, headers } = cause.entry;
      const listing = deleted ? parseListing(headers) : item.listing;
      this.items.learn(item, { revision: Math.max(item.revision, revision), deleted, listing });
      const epoch = Number(headers['Minotaur-Epoch'] ?? 0);
      if (epoch > this.stamp.epoch) this.context.fenced(this.slot, epoch);
    } else if (cause.kind === 'refused') {
      this.tell(item, cause.reason);
    } else if (cause.kind === 'rolledBack') {
      this.context.rolledBack(this.slot, item.gameId, item.revision, cause.entry?.revision ?? 0);
      this.items.learn(item, { revision: cause.entry?.revision ?? 0 });
    }
  }

  /** Deletes the session and everything that is archived of it. False if that was given up: it may be done in part. */
  async erase(gameId: string): Promise<boolean> {
    for (let known = this.items.get(gameId); known?.loading; known = this.items.get(gameId)) await known.loading;
    if (this.closed) return false;
    const item = this.items.of(gameId);
    let isErased = false;
    // Whoever looks for the game waits for this.
    item.loading = this.removal.erase(item).then((done) => {
      isErased = done;
    });
    try {
      await item.loading;
    } finally {
      item.loading = null;
      if (item.revision === 0) this.forget(gameId);
      this.troubles.over(gameId);
    }
    return isErased;
  }

  /** Removes a deletion marker, if it is still what is there. Rejects if the store does not say that it did. */
  async purge(gameId: string, revision: number): Promise<void> {
    const item = this.items.get(gameId);
    if (item === undefined || item.loading !== null || !item.deleted || item.revision !== revision) return;
    const purging = this.removal.purge(item);
    // A game that is made meanwhile waits: it has to be written where nothing is.
    item.loading = purging.catch(() => undefined);
    try {
      await purging;
    } finally {
      // Nothing is left of it, as far as anybody can know.
      item.loading = null;
      this.forget(gameId);
    }
  }

  /** Nothing is known of it any more. */
  private forget(gameId: string): void {
    this.items.forget(gameId);
    this.troubles.over(gameId);
    this.context.removed(this.slot, gameId);
  }

  /** Forgets the state, keeping what is needed to find it again. Whoever found it before has to look again. */
  unload(item: Item<State>): void {
    if (item.live !== null) {
      item.clocks = newestClocks(item.live.session.clocks, item.clocks);
      item.hostHeardAt = item.live.session.hostHeardAt;
    }
    item.live?.lose();
    item.live = null;
    item.stored = null;
  }
}
