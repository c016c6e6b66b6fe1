/**
 * The sessions of one slot that this incarnation holds.
 *
 * Role: finds, loads, claims, creates and freezes sessions; answers operations on them.
 * Invariants:
 *  - Nothing is answered from a session before it is ours: handed over with its bytes, or claimed by a write (I1).
 *  - "Not alive" is only said once the slot is listed and the lease is valid (I3).
 *  - After `close` nothing is answered but "moved"; while frozen nothing is begun.
 */
import { isErrorCode, problem } from '../errors.ts';
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rules, Viewer } from '../session/rules.ts';
import { type Reply, Session, type Verdict } from '../session/session.ts';
import { decode, type Listing, type Snapshot, type Stamp } from '../session/snapshot.ts';
import { type CommitOutcome, LiveSession, type LiveSessionContext } from './live-session.ts';
import type { RoutedOperation } from './rpc.ts';
import { pause, readOrNothing, type Settled } from './settle.ts';
import type { SlotListing } from './slot-lister.ts';

/** Commands that may wait for one session's writes. */
const WAITING_COMMANDS = 1_000;
const READ_AGAIN_MS = 25;
/** Reads that show less than is known are repeated this often before the store is believed (I9). */
const LAGGING_READS = 100;

export type HostAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** `uncertain`: the command may have been applied here. */
  | { readonly kind: 'moved'; readonly uncertain: boolean };

export interface Lease {
  valid(): boolean;
  /** Resolves when a renewal that was sent after this call is acknowledged (or the lease is valid anyway). False: never again. */
  ensure(): Promise<boolean>;
}

export interface SlotContext<State> extends LiveSessionContext {
  readonly clock: Clock;
  readonly rules: Rules<State, GameCommand>;
  readonly lease: Lease;
  readonly self: string;
  /** A stored epoch is above ours: the slot has another owner. */
  fenced(slot: number): void;
  committed(slot: number, item: Item<State>): void;
  /** A write of the session failed for good; it was forgotten and has to be read again. */
  dropped(slot: number, gameId: string): void;
  rolledBack(slot: number, gameId: string, known: number, found: number): void;
  broken(slot: number, gameId: string, error: unknown): void;
}

/** What is known of one session of the slot. */
export interface Item<State> {
  readonly gameId: string;
  revision: number;
  deleted: boolean;
  listing: Listing;
  live: LiveSession<State, GameCommand> | null;
  loading: Promise<void> | null;
  /** Bytes of the last acknowledged write, while they are in memory. */
  stored: Uint8Array | null;
}

/** A session as it goes to the next owner. */
export interface Exported {
  readonly gameId: string;
  readonly revision: number;
  readonly listing: Listing;
  readonly value: Uint8Array | null;
}

export class SlotSessions<State> {
  readonly slot: number;
  readonly stamp: Stamp;
  readonly items = new Map<string, Item<State>>();
  listed = false;
  private readonly context: SlotContext<State>;
  private readonly whenListed: Promise<void>;
  private nowListed: () => void = () => undefined;
  private thaw: Promise<void> | null = null;
  private nowThawed: () => void = () => undefined;
  private closed = false;

  constructor(context: SlotContext<State>, slot: number, epoch: number) {
    this.slot = slot;
    this.stamp = { ...context.stamp, epoch };
    // `context` is a plain object, so this copies all of it.
    this.context = { ...context, stamp: this.stamp };
    this.whenListed = new Promise((resolve) => {
      this.nowListed = resolve;
    });
  }

  /** Everything that is stored in the slot, from a listing or a handoff; merged with what is known already. */
  adopt(listing: SlotListing, stored: ReadonlyMap<string, Uint8Array> = new Map()): void {
    for (const [gameId, found] of listing) {
      const known = this.items.get(gameId);
      if (known !== undefined && known.revision >= found.revision) continue;
      const item = known ?? this.item(gameId);
      item.revision = found.revision;
      item.deleted = found.deleted;
      item.listing = found.listing;
      const value = stored.get(gameId);
      if (value !== undefined && known === undefined) this.take(item, value, false);
    }
    this.listed = true;
    this.nowListed();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get isFrozen(): boolean {
    return this.thaw !== null;
  }

  /** A strong read that needs no waiting: in memory, lease valid, check and read in one tick. Null if it has to wait. */
  readNow(gameId: string, viewer: Viewer): HostAnswer | null {
    const live = this.items.get(gameId)?.live;
    if (
      !live ||
      this.closed ||
      this.thaw !== null ||
      live.session.committedVersion === 0 ||
      !this.context.lease.valid()
    ) {
      return null;
    }
    live.touchedAt = this.context.clock.monotonic();
    return this.show(live, viewer, 200);
  }

  /** `deadline`: wall ms; a command that could not begin until then is not applied. */
  async execute(operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    for (;;) {
      const found = await this.find(operation.gameId);
      while (this.thaw !== null && !this.closed) await this.thaw;
      if (this.closed) return { kind: 'moved', uncertain: false };
      if (this.context.clock.wall() > deadline) return { kind: 'moved', uncertain: false };
      if (found === 'absent') {
        if (operation.kind === 'continue' && operation.document !== null) {
          const created = await this.create(operation);
          if (created !== null) return created;
        } else if (await this.verified()) {
          return this.problem('game_not_alive', `No game ${operation.gameId} is alive.`);
        }
      } else if (!found.lost) {
        return this.perform(found, operation);
      }
    }
  }

  /** Loads it if need be and ends its round if that is due. */
  async ring(gameId: string): Promise<void> {
    const found = await this.find(gameId);
    if (this.closed || this.thaw !== null || found === 'absent' || found.lost) return;
    if (found.session.ring(this.context.clock.wall())) found.write();
  }

  /** Stops beginning anything and waits, at most `patienceMs`, for writes in flight. */
  async freeze(patienceMs: number): Promise<void> {
    this.thaw = new Promise((resolve) => {
      this.nowThawed = resolve;
    });
    const until = this.context.clock.monotonic() + patienceMs;
    const busy = () => [...this.items.values()].some((item) => item.loading !== null || item.live?.idle === false);
    while (busy() && this.context.clock.monotonic() < until) await pause(this.context, 2);
  }

  unfreeze(): void {
    this.thaw = null;
    this.nowThawed();
  }

  /** All sessions of a frozen slot; the bytes of those whose last write is acknowledged. */
  export(): Exported[] {
    return [...this.items.values()]
      .filter((item) => !item.deleted)
      .map(({ gameId, revision, listing, live, stored }) => ({
        gameId,
        revision,
        listing,
        value: live?.idle ? stored : null,
      }));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const item of this.items.values()) item.live?.lose();
    this.items.clear();
    this.nowListed();
    this.unfreeze();
  }

  /** Forgets sessions not used since `before`, keeping what is needed to find them again. */
  evictIdle(before: number): void {
    for (const item of this.items.values()) {
      if (item.live?.idle && item.live.touchedAt < before) this.unload(item);
    }
  }

  private async perform(live: LiveSession<State, GameCommand>, operation: RoutedOperation): Promise<HostAnswer> {
    live.touchedAt = this.context.clock.monotonic();
    if (operation.kind === 'read') {
      if (operation.consistency === 'eventual' && live.session.committedVersion > 0) {
        return this.show(live, operation.viewer, 200, !this.context.lease.valid());
      }
      return (await this.verified()) && !live.lost && live.session.committedVersion > 0
        ? this.show(live, operation.viewer, 200)
        : { kind: 'moved', uncertain: false };
    }
    if (live.waiting >= WAITING_COMMANDS) {
      return this.problem('session_overloaded', `${WAITING_COMMANDS} commands wait for this game already.`);
    }
    if (operation.kind === 'continue') return this.continueAlive(live, operation);
    const verdict = live.session.submit({ ...operation.command, input: operation.input }, this.context.clock.wall());
    return this.afterCommit(live, verdict);
  }

  private async afterCommit(live: LiveSession<State, GameCommand>, verdict: Verdict): Promise<HostAnswer> {
    const outcome = await live.commit(verdict.after);
    if (outcome !== 'committed') return { kind: 'moved', uncertain: outcome === 'uncertain' };
    if (verdict.verify && !((await this.verified()) && !live.lost)) return { kind: 'moved', uncertain: false };
    return this.answer(verdict.reply);
  }

  private async continueAlive(
    live: LiveSession<State, GameCommand>,
    operation: RoutedOperation & { kind: 'continue' },
  ): Promise<HostAnswer> {
    const first = live.session.findCreation(operation.command);
    if (first === 'key_reused') {
      return this.problem('key_reused', 'The same idempotency key came with another request before.');
    }
    // Whoever continues a game that is just being created is told once it is.
    const outcome = await live.commit(1);
    if (outcome !== 'committed') return { kind: 'moved', uncertain: outcome === 'uncertain' };
    if (!(await this.verified()) || live.lost) return { kind: 'moved', uncertain: false };
    return this.show(live, operation.viewer, first === 'created' ? 201 : 200);
  }

  /** Null: somebody else has made the key meanwhile; look again. */
  private async create(operation: RoutedOperation & { kind: 'continue' }): Promise<HostAnswer | null> {
    const { gameId, document, command } = operation;
    const item = this.items.get(gameId) ?? this.item(gameId);
    if (item.live !== null) return null;
    const origin = { gameId, document, now: this.context.clock.wall(), stamp: this.stamp, expected: item.revision };
    const made = Session.create(this.context.rules, origin, command);
    if (made.kind === 'problem') {
      if (item.revision === 0) this.items.delete(gameId);
      return this.answer(made);
    }
    let conflict = false;
    const live = this.live(item, made.session, (cause) => {
      conflict = cause.kind === 'conflict';
    });
    const outcome: CommitOutcome = await live.commit(1);
    if (conflict && !this.closed) return null;
    // The slot may have been listed by a new owner before this write landed: only a valid lease rules that out.
    if (outcome !== 'committed' || !this.context.lease.valid()) {
      if (outcome !== 'committed') return { kind: 'moved', uncertain: outcome === 'uncertain' };
      if (!(await this.verified())) return { kind: 'moved', uncertain: true };
    }
    return this.show(live, operation.viewer, 201);
  }

  /** The session, claimed; or `absent`, which the caller still has to verify. */
  private async find(gameId: string): Promise<LiveSession<State, GameCommand> | 'absent'> {
    for (;;) {
      if (this.closed) return 'absent';
      const item = this.items.get(gameId);
      if (item?.live) return item.live;
      if (item?.loading) await item.loading;
      else if (item === undefined && this.listed) return 'absent';
      else if (item?.deleted && this.listed) return 'absent';
      else if (!(await this.load(item ?? this.item(gameId)))) {
        if (this.listed) return 'absent';
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
      const entry = await readOrNothing(this.context.sessions, `${this.slot}.${item.gameId}`);
      if (this.closed) return true;
      if (entry === undefined) {
        if ((await this.context.gate()) === false) return true;
        continue;
      }
      if ((entry?.revision ?? 0) < item.revision) {
        lagging += 1;
        if (lagging <= LAGGING_READS) {
          await pause(this.context, READ_AGAIN_MS);
          continue;
        }
        this.context.rolledBack(this.slot, item.gameId, item.revision, entry?.revision ?? 0);
      }
      if (entry === null) return false;
      item.revision = entry.revision;
      item.deleted = entry.deleted;
      if (entry.deleted) return false;
      if (await this.take(item, entry.value, true)) return true;
    }
    return true;
  }

  /** Brings a stored session to life. With `claim`, true once our stamp landed; false if it was written by somebody meanwhile. */
  private take(item: Item<State>, value: Uint8Array, claim: boolean): true | Promise<boolean> {
    let snapshot: Snapshot<State>;
    try {
      snapshot = decode(this.context.rules, value);
    } catch (error) {
      this.context.broken(this.slot, item.gameId, error);
      throw error;
    }
    if (snapshot.stamp.epoch > this.stamp.epoch) {
      this.context.fenced(this.slot);
      return true;
    }
    if (snapshot.commit < item.listing.commit) {
      this.context.rolledBack(this.slot, item.gameId, item.listing.commit, snapshot.commit);
    }
    const from = { revision: item.revision, sizeBytes: value.length, stamp: this.stamp, claim };
    const session = Session.resume(this.context.rules, snapshot, from);
    item.stored = value;
    if (!claim) {
      this.live(item, session);
      return true;
    }
    const live = this.live(item, session);
    // Until the claim landed nobody may find it.
    item.live = null;
    return Promise.resolve(live.commit(1)).then((outcome) => {
      if (outcome !== 'committed') return this.closed;
      item.live = live;
      return true;
    });
  }

  private live(
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
      },
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
      if (Number(cause.entry.headers['Minotaur-Epoch'] ?? 0) > this.stamp.epoch) this.context.fenced(this.slot);
    } else if (cause.kind === 'refused') {
      this.context.broken(this.slot, item.gameId, cause.reason);
    } else if (cause.kind === 'rolledBack') {
      this.context.rolledBack(this.slot, item.gameId, item.revision, cause.entry?.revision ?? 0);
      item.revision = cause.entry?.revision ?? 0;
    }
    if (!this.closed && item.revision > 0) this.context.dropped(this.slot, item.gameId);
  }

  private unload(item: Item<State>): void {
    item.live = null;
    item.stored = null;
  }

  private item(gameId: string): Item<State> {
    const listing = { status: '', listed: false, deadline: null, epoch: 0, commit: 0 };
    const item: Item<State> = { gameId, revision: 0, deleted: false, listing, live: null, loading: null, stored: null };
    this.items.set(gameId, item);
    return item;
  }

  private async verified(): Promise<boolean> {
    return (this.context.lease.valid() || (await this.context.lease.ensure())) && !this.closed && this.thaw === null;
  }

  private show(live: LiveSession<State, GameCommand>, viewer: Viewer, status: number, stale = false): HostAnswer {
    const { session } = live;
    const end = stale ? ',"stale":true}' : '}';
    const body = `{"game":${session.view(viewer)},"view":"${viewer}","version":${session.committedVersion},"owner":"${this.context.self}"${end}`;
    return { kind: 'answer', status, body };
  }

  private answer(reply: Reply): HostAnswer {
    if (reply.kind === 'result') return { kind: 'answer', status: reply.status, body: reply.body };
    return this.problem(reply.code, reply.detail);
  }

  private problem(code: string, detail: string): HostAnswer {
    const document = problem(isErrorCode(code) ? code : 'internal', detail);
    return { kind: 'answer', status: document.status, body: JSON.stringify(document) };
  }
}
