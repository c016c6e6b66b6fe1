/**
 * The sessions of one slot that this incarnation holds.
 *
 * Role: answers operations on them, creates them, freezes them for a handoff.
 * Invariants:
 *  - "Not alive" is only said once the slot is listed and the lease is valid (I3).
 *  - After `close` nothing is answered but "moved"; while frozen nothing is begun.
 */
import { isErrorCode, problem } from '../errors.ts';
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { Viewer } from '../session/rules.ts';
import { type Reply, Session, type Verdict } from '../session/session.ts';
import type { Listing, Stamp } from '../session/snapshot.ts';
import type { CommitOutcome, LiveSession } from './live-session.ts';
import type { RoutedOperation } from './rpc.ts';
import { type Adopted, type Item, type LoaderContext, SessionLoader } from './session-loader.ts';
import { pause } from './settle.ts';
import type { SlotListing } from './slot-lister.ts';

/** Commands that may wait for one session's writes. */
const WAITING_COMMANDS = 1_000;

export type HostAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** `uncertain`: the command may have been applied here. */
  | { readonly kind: 'moved'; readonly uncertain: boolean };

export interface Lease {
  valid(): boolean;
  /** Resolves when a renewal that was sent after this call is acknowledged (or the lease is valid anyway). False: never again. */
  ensure(): Promise<boolean>;
}

export interface SlotContext<State> extends LoaderContext<State> {
  readonly clock: Clock;
  readonly lease: Lease;
  readonly self: string;
}

/** A session as it goes to the next owner. */
export interface Exported {
  readonly gameId: string;
  readonly revision: number;
  readonly listing: Listing;
  /** A write of it is in doubt: the next owner must claim it. */
  readonly unsettled: boolean;
  readonly value: Uint8Array | null;
}

export class SlotSessions<State> {
  readonly slot: number;
  readonly stamp: Stamp;
  private readonly context: SlotContext<State>;
  private readonly loader: SessionLoader<State>;
  private thaw: Promise<void> | null = null;
  private nowThawed: () => void = () => undefined;
  private closed = false;

  constructor(context: SlotContext<State>, slot: number, epoch: number) {
    this.slot = slot;
    this.stamp = { ...context.stamp, epoch };
    // `context` is a plain object, so this copies all of it.
    this.context = { ...context, stamp: this.stamp };
    this.loader = new SessionLoader(this.context, slot);
  }

  get items(): ReadonlyMap<string, Item<State>> {
    return this.loader.items;
  }

  get listed(): boolean {
    return this.loader.listed;
  }

  /** Everything that is stored in the slot, from a listing or a handoff; merged with what is known already. */
  adopt(listing: SlotListing, handedOver?: Adopted): void {
    this.loader.adopt(listing, handedOver);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get isFrozen(): boolean {
    return this.thaw !== null;
  }

  /** A strong read that needs no waiting: in memory, lease valid, check and read in one tick. Null if it has to wait. */
  readNow(gameId: string, viewer: Viewer): HostAnswer | null {
    const live = this.loader.items.get(gameId)?.live;
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
      const found = await this.loader.find(operation.gameId);
      while (this.thaw !== null && !this.closed) await this.thaw;
      if (this.closed) return { kind: 'moved', uncertain: false };
      if (this.context.clock.wall() > deadline) return { kind: 'moved', uncertain: false };
      if (found === 'absent') {
        if (operation.kind === 'continue' && operation.document !== null) {
          const created = await this.create(operation);
          if (created !== null) return created;
        } else if (await this.verified()) {
          return this.problem('game_not_alive', `No game ${operation.gameId} is alive.`);
        } else if (!this.isFrozen) {
          // The lease will never be valid again.
          return { kind: 'moved', uncertain: false };
        }
      } else if (!found.lost) {
        return this.perform(found, operation);
      }
    }
  }

  /** Loads it if need be and ends its round if that is due. */
  async ring(gameId: string): Promise<void> {
    for (;;) {
      const found = await this.loader.find(gameId);
      while (this.thaw !== null && !this.closed) await this.thaw;
      if (this.closed || found === 'absent') return;
      if (found.lost) continue;
      if (found.session.ring(this.context.clock.wall())) found.write();
      return;
    }
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
      .filter((item) => !item.deleted || item.live !== null)
      .map(({ gameId, revision, listing, live, loading, stored, doubtful }) => ({
        gameId,
        revision,
        listing,
        unsettled: loading !== null || live?.idle === false || (live === null && doubtful),
        value: live?.idle ? stored : null,
      }));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.loader.close();
    this.unfreeze();
  }

  /** Forgets sessions not used since `before`, keeping what is needed to find them again. */
  evictIdle(before: number): void {
    for (const item of this.items.values()) {
      if (item.live?.idle && item.live.touchedAt < before) this.loader.unload(item);
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
    const { loader } = this;
    const item = loader.items.get(gameId) ?? loader.item(gameId);
    if (item.live !== null) return null;
    const origin = { gameId, document, now: this.context.clock.wall(), stamp: this.stamp, expected: item.revision };
    const made = Session.create(this.context.rules, origin, command);
    if (made.kind === 'problem') {
      if (item.revision === 0) loader.items.delete(gameId);
      return this.answer(made);
    }
    let conflict = false;
    const live = loader.live(item, made.session, (cause) => {
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
