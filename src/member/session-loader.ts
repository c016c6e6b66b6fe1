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
import type { Rules } from '../session/rules.ts';
import { Session } from '../session/session.ts';
import { decode, type Listing, parseListing, type Snapshot, type Stamp } from '../session/snapshot.ts';
import { pause } from './kit/retry.ts';
import { LiveSession, type LiveSessionContext } from './live-session.ts';
import { SessionRemoval } from './session-removal.ts';
import { readOrNothing, type Settled, settle } from './settle.ts';
import type { SlotListing } from './slot-lister.ts';

export const READ_AGAIN_MS = 25;
const CLAIM_AGAIN_MS = 5;
/** Reads that show less than is known are repeated this often before the store is believed (I9). */
export const LAGGING_READS = 100;

export interface LoaderContext<State> extends LiveSessionContext {
  readonly rules: Rules<State, GameCommand>;
  /** Aborted when nothing more is wanted of this incarnation. */
  readonly ended: AbortSignal;
  /** A stored epoch is above ours: the slot has another owner. */
  fenced(slot: number): void;
  committed(slot: number, item: Item<State>): void;
  /** The session is deleted. */
  removed(slot: number, gameId: string): void;
  /** A write of the session failed for good; it was forgotten and has to be read again. */
  dropped(slot: number, gameId: string): void;
  rolledBack(slot: number, gameId: string, known: number, found: number): void;
  broken(slot: number, gameId: string, error: unknown): void;
  /** A round was ended without its actions, because the rules failed on it. */
  abandoned(slot: number, gameId: string, reason: string): void;
}

/** What is known of one session of the slot. */
export interface Item<State> {
  readonly gameId: string;
  revision: number;
  deleted: boolean;
  /** Its creation was sent by the owner before, and nobody knows whether it will land. */
  doubtful: boolean;
  listing: Listing;
  live: LiveSession<State, GameCommand> | null;
  loading: Promise<void> | null;
  /** Bytes of the last acknowledged write, while they are in memory. */
  stored: Uint8Array | null;
  /** It is over, and on its way to the archive. */
  concluding: Promise<void> | null;
}

/** What a handoff brings besides the list: bytes, and which sessions have a write in doubt. */
export interface Adopted {
  readonly stored: ReadonlyMap<string, Uint8Array>;
  readonly unsettled: ReadonlySet<string>;
}

const NOTHING: Adopted = { stored: new Map(), unsettled: new Set() };

export class SessionLoader<State> {
  readonly items = new Map<string, Item<State>>();
  private readonly context: LoaderContext<State>;
  private readonly slot: number;
  private readonly stamp: Stamp;
  private readonly removal: SessionRemoval<State>;
  private readonly whenListed: Promise<void>;
  private nowListed: () => void = () => undefined;
  private isListed = false;
  private closed = false;

  constructor(context: LoaderContext<State>, slot: number) {
    this.context = context;
    this.slot = slot;
    this.stamp = context.stamp;
    this.removal = new SessionRemoval(context, slot, {
      isClosed: () => this.closed,
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
  adopt(listing: SlotListing, { stored, unsettled }: Adopted = NOTHING): void {
    for (const [gameId, found] of listing) {
      const known = this.items.get(gameId);
      if (known !== undefined && known.revision >= found.revision) continue;
      const item = known ?? this.item(gameId);
      item.revision = found.revision;
      item.deleted = found.deleted;
      item.listing = found.listing;
      item.doubtful = unsettled.has(gameId);
      const value = stored.get(gameId);
      if (value !== undefined && known === undefined) this.revive(item, value);
    }
    this.isListed = true;
    this.nowListed();
  }

  close(): void {
    this.closed = true;
    for (const item of this.items.values()) item.live?.lose();
    this.items.clear();
    this.nowListed();
  }

  /** The session, claimed; or `absent`, which the caller still has to verify. */
  async find(gameId: string): Promise<LiveSession<State, GameCommand> | 'absent'> {
    for (;;) {
      if (this.closed) return 'absent';
      const item = this.items.get(gameId);
      if (item?.live) return item.live;
      if (item?.loading) await item.loading;
      else if (item === undefined && this.isListed) return 'absent';
      else if (item?.deleted && this.isListed) return 'absent';
      else if (!(await this.load(item ?? this.item(gameId)))) {
        if (this.isListed) return 'absent';
        await this.whenListed;
      }
    }
  }

  /** Reads and claims. False if nothing is stored, as far as a read can tell. */
  private async load(item: Item<State>): Promise<boolean> {
    let found = false;
    item.loading = this.readAndClaim(item).then((result) => {
      found = result;
    });
    try {
      await item.loading;
    } finally {
      item.loading = null;
      if (!found && item.live === null && item.revision === 0) this.items.delete(item.gameId);
    }
    return found;
  }

  private async readAndClaim(item: Item<State>): Promise<boolean> {
    for (let lagging = 0; !this.closed; ) {
      const open = this.context.gate();
      if (open !== true) {
        // An outage is no sign of a loss: how often older entries have shown is counted anew.
        lagging = 0;
        if (!(await open)) return true;
      }
      const entry = await readOrNothing(this.context.sessions, `${this.slot}.${item.gameId}`);
      if (this.closed) return true;
      if (entry === undefined) continue;
      if ((entry?.revision ?? 0) < item.revision) {
        lagging += 1;
        if (lagging <= LAGGING_READS) {
          await pause(this.context, READ_AGAIN_MS);
          continue;
        }
        this.context.rolledBack(this.slot, item.gameId, item.revision, entry?.revision ?? 0);
      }
      if ((entry === null || entry.deleted) && item.doubtful) {
        if (await this.forestall(item, entry?.revision ?? 0)) return false;
        continue;
      }
      if (entry === null) return false;
      item.revision = entry.revision;
      item.deleted = entry.deleted;
      if (entry.deleted) {
        item.listing = parseListing(entry.headers);
        return false;
      }
      if (await this.claim(item, entry.value)) return true;
      await pause(this.context, CLAIM_AGAIN_MS);
    }
    return true;
  }

  /** Writes a deletion marker where the game would be: a creation that is still under way can never land then. False if it has landed. */
  private async forestall(item: Item<State>, expected: number): Promise<boolean> {
    const key = `${this.slot}.${item.gameId}`;
    const settled = await settle(this.context, { bucket: this.context.sessions, key, value: null, expected });
    if (settled.kind === 'conflict') item.doubtful = false;
    else if (settled.kind === 'landed') {
      item.revision = settled.revision;
      item.deleted = true;
    }
    return settled.kind !== 'conflict';
  }

  /** A session that was handed over with its bytes: nothing to write. If they cannot be used it is read when it is touched. */
  private revive(item: Item<State>, value: Uint8Array): void {
    const session = this.resume(item, value, false);
    if (session === null) return;
    item.stored = value;
    // What the writer knew of the state may have had no place in what it wrote (session/snapshot.ts).
    item.listing = { ...session.listing(), epoch: item.listing.epoch };
    this.live(item, session);
    this.removal.concludeIfOver(item, session);
  }

  /** Stamps a stored session as ours. False if it was written by somebody meanwhile. Throws SnapshotError. */
  private async claim(item: Item<State>, value: Uint8Array): Promise<boolean> {
    const session = this.resume(item, value, true);
    if (session === null) return true;
    const live = this.live(item, session);
    // Until the claim landed nobody may find it.
    item.live = null;
    const outcome = await live.commit(1);
    if (outcome === 'committed' && !this.closed) {
      item.live = live;
      item.doubtful = false;
    }
    return outcome === 'committed' || this.closed;
  }

  /** Null if its epoch is above ours. Throws SnapshotError. */
  private resume(item: Item<State>, value: Uint8Array, claim: boolean): Session<State, GameCommand> | null {
    let snapshot: Snapshot<State>;
    try {
      snapshot = decode(this.context.rules, value);
    } catch (error) {
      this.context.broken(this.slot, item.gameId, error);
      if (claim) throw error;
      return null;
    }
    if (snapshot.stamp.epoch > this.stamp.epoch) {
      this.context.fenced(this.slot);
      return null;
    }
    if (snapshot.commit < item.listing.commit) {
      this.context.rolledBack(this.slot, item.gameId, item.listing.commit, snapshot.commit);
    }
    const from = { revision: item.revision, sizeBytes: value.length, stamp: this.stamp, claim };
    return Session.resume(this.context.rules, snapshot, from);
  }

  /** Puts a session into memory; `onLost` hears why a write of it failed for good. */
  live(
    item: Item<State>,
    session: Session<State, GameCommand>,
    onLost: (cause: Settled) => void = () => undefined,
  ): LiveSession<State, GameCommand> {
    const live = new LiveSession(this.context, this.slot, session, {
      committed: (value, listing) => {
        item.revision = session.revision;
        item.deleted = false;
        item.stored = value;
        item.listing = listing;
        this.context.committed(this.slot, item);
        this.removal.concludeIfOver(item, session);
      },
      abandoned: (reason) => this.context.abandoned(this.slot, item.gameId, reason),
      lost: (cause) => {
        onLost(cause);
        this.lost(item, cause);
      },
    });
    live.touchedAt = this.context.clock.monotonic();
    item.live = live;
    return live;
  }

  /** A write failed for good: forget the session; the next touch reads what is stored. */
  private lost(item: Item<State>, cause: Settled): void {
    if (this.closed) return;
    this.unload(item);
    if (cause.kind === 'conflict') {
      item.revision = Math.max(item.revision, cause.entry.revision);
      item.deleted = cause.entry.deleted;
      if (item.deleted) item.listing = parseListing(cause.entry.headers);
      if (Number(cause.entry.headers['Minotaur-Epoch'] ?? 0) > this.stamp.epoch) this.context.fenced(this.slot);
    } else if (cause.kind === 'refused') {
      this.context.broken(this.slot, item.gameId, cause.reason);
    } else if (cause.kind === 'rolledBack') {
      this.context.rolledBack(this.slot, item.gameId, item.revision, cause.entry?.revision ?? 0);
      item.revision = cause.entry?.revision ?? 0;
    }
    if (!this.closed && item.revision > 0) this.context.dropped(this.slot, item.gameId);
  }

  /** Deletes the session and everything that is archived of it. False if that was given up: it may be done in part. */
  async erase(gameId: string): Promise<boolean> {
    for (let known = this.items.get(gameId); known?.loading; known = this.items.get(gameId)) await known.loading;
    if (this.closed) return false;
    const item = this.items.get(gameId) ?? this.item(gameId);
    let isErased = false;
    // Whoever looks for the game waits for this.
    item.loading = this.removal.erase(item).then((done) => {
      isErased = done;
    });
    try {
      await item.loading;
    } finally {
      item.loading = null;
      if (item.revision === 0) this.items.delete(gameId);
    }
    return isErased;
  }

  /** Removes a deletion marker, if it is still what is there. */
  purge(gameId: string, revision: number): void {
    const item = this.items.get(gameId);
    if (item === undefined || item.loading !== null || !item.deleted || item.revision !== revision) return;
    // A game that is made meanwhile waits: it has to be written where nothing is.
    item.loading = this.removal.purge(item).finally(() => {
      item.loading = null;
      this.items.delete(gameId);
    });
  }

  /** Forgets the state, keeping what is needed to find it again. Whoever found it before has to look again. */
  unload(item: Item<State>): void {
    item.live?.lose();
    item.live = null;
    item.stored = null;
  }

  /** A session of which nothing is known yet. */
  item(gameId: string): Item<State> {
    const listing = parseListing({});
    const nothing = { revision: 0, deleted: false, doubtful: false, live: null, loading: null };
    const item: Item<State> = { gameId, listing, ...nothing, stored: null, concluding: null };
    this.items.set(gameId, item);
    return item;
  }
}
