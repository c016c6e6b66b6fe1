/**
 * The sessions of one slot that this incarnation holds.
 *
 * Role: answers operations on them, creates them, freezes them for a handoff.
 * Invariants:
 *  - "Not alive" is only said once the slot is listed and the lease is valid (I3).
 *  - After `close` nothing is answered but "moved"; while frozen nothing is begun.
 */
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import { CommittedGame } from '../session/committed-game.ts';
import { refuseWithoutGame } from '../session/permission.ts';
import type { Rejected } from '../session/rules.ts';
import { Session, type Verdict } from '../session/session.ts';
import { CONCLUDED, decode, type Listing, type Stamp } from '../session/snapshot.ts';
import { drawing } from './drawing.ts';
import { readConcluded } from './game-archive.ts';
import type { ReadOperation } from './gateway.ts';
import {
  answerOf,
  type Beside,
  type HostAnswer,
  type Look,
  look,
  MOVED,
  problemAnswer,
  refused,
  type Starting,
  show,
  showStarted,
} from './host-answers.ts';
import { pause, type RetryPolicy, retry } from './kit/retry.ts';
import { isIdle } from './list-filter.ts';
import type { CommitOutcome, LiveSession } from './live-session.ts';
import type { Presence } from './presence.ts';
import type { RoutedCommand, RoutedOperation } from './rpc.ts';
import type { SessionIndex } from './session-index.ts';
import { dueAt, type Item } from './session-items.ts';
import { type Adopted, LAGGING_READS, type LoaderContext, SessionLoader, SessionUnusable } from './session-loader.ts';
import type { ListedSession, SlotListing } from './slot-lister.ts';

const NOT_STORABLE = problemAnswer('game_not_storable', 'NATS takes no write as large as this game would be.');
/** Commands that may wait for one session's writes. */
const WAITING_COMMANDS = 1_000;
const LOOK_AGAIN: RetryPolicy = { firstMs: 10, factor: 2, longestMs: 250 };

export interface SlotContext<State> extends LoaderContext<State> {
  readonly clock: Clock;
  readonly self: string;
  /** Who follows a game; null: nobody does, or nothing is known yet. */
  presenceOf(slot: number, gameId: string): Presence | null;
}

/** A session as it goes to the next owner. */
export interface Exported {
  readonly gameId: string;
  readonly revision: number;
  readonly listing: Listing;
  /** A write of it is in doubt: the next owner must claim it. */
  readonly unsettled: boolean;
  /** Until its round is due, ms; null: none runs. */
  readonly goesOnMs: number | null;
  readonly value: Uint8Array | null;
}

export class SlotSessions<State> {
  readonly slot: number;
  readonly stamp: Stamp;
  /** Monotonic ms. */
  readonly openedAt: number;
  private readonly context: SlotContext<State>;
  private readonly loader: SessionLoader<State>;
  private thaw: Promise<void> | null = null;
  private nowThawed: () => void = () => undefined;
  private closed = false;
  private readonly claiming = new Set<string>();
  private readonly ringing = new Set<string>();

  constructor(context: SlotContext<State>, slot: number, epoch: number) {
    this.slot = slot;
    this.stamp = { ...context.stamp, epoch };
    this.openedAt = context.clock.monotonic();
    // `context` is a plain object, so this copies all of it.
    this.context = { ...context, stamp: this.stamp };
    this.loader = new SessionLoader(this.context, slot, () => this.thaw);
  }

  get items(): ReadonlyMap<string, Item<State>> {
    return this.loader.items.all;
  }

  /** Those that are alive. */
  get index(): SessionIndex {
    return this.loader.items.index;
  }

  get listed(): boolean {
    return this.loader.listed;
  }

  /** Everything that is stored in the slot, from a listing or a handoff; merged with what is known already. */
  adopt(listing: SlotListing, handedOver?: Adopted): void {
    this.loader.adopt(listing, handedOver);
  }

  /**
   * Purges the markers of games that were deleted `olderMs` ago or longer: nothing that could still land is so old. One after another,
   * and no more once one failed: what is left is listed again.
   */
  async purge(listing: ReadonlyMap<string, ListedSession>, olderMs: number): Promise<void> {
    for (const [gameId, { deleted, writtenAt, revision }] of listing) {
      const isOld = deleted && this.context.time.ageOf(writtenAt) > olderMs;
      if (isOld && !this.closed) await this.loader.purge(gameId, revision);
    }
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get isFrozen(): boolean {
    return this.thaw !== null;
  }

  /** A strong read that needs no waiting: in memory, lease valid, check and read in one tick. Null if it has to wait. */
  readNow(operation: ReadOperation): HostAnswer | null {
    const live = this.loader.items.get(operation.gameId)?.live;
    if (!live?.session.committed || this.closed || this.thaw !== null || !this.context.lease.valid()) {
      return null;
    }
    live.touchedAt = this.context.clock.monotonic();
    live.session.hear(operation.caller, this.context.time.now());
    return show(this.context, live.session.committed, operation, { status: 200, ...this.beside(operation) });
  }

  /** `deadline`: cluster time; a command that could not begin until then is not applied. */
  async execute(operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    for (;;) {
      const found = await this.loader.find(operation.gameId).catch((error: unknown) => {
        if (error instanceof SessionUnusable) return error;
        throw error;
      });
      while (this.thaw !== null && !this.closed) await this.thaw;
      if (this.closed) return MOVED;
      if (this.context.time.now() > deadline) return MOVED;
      // What cannot be read can be erased.
      if (operation.kind === 'erase') {
        const refusal = refuseWithoutGame(operation.caller, operation.may) ?? refusePlayed(found, operation.idleSince);
        return refusal === null ? this.erase(operation) : refused(refusal);
      }
      if (found instanceof SessionUnusable) {
        // What the store refuses now it may take before the request's time is up.
        return found.forGood
          ? problemAnswer('internal', 'This game cannot be read; the log of the server says why.')
          : MOVED;
      }
      if (found === 'absent') {
        const answer = await this.performAbsent(operation);
        if (answer !== null) return answer;
      } else if (!found.lost) {
        return this.perform(found, operation);
      }
    }
  }

  /** Loads and claims it, if that is not done yet. `at`: when it is needed, cluster time. */
  claim(gameId: string, at: number): Promise<void> {
    return this.once(this.claiming, gameId, async () => {
      await this.loader.find(gameId, at);
    });
  }

  /** Loads it if need be and ends its round if that is due. Resolves once that is written, or cannot be by us. */
  ring(gameId: string, at: number): Promise<void> {
    return this.once(this.ringing, gameId, async () => {
      for (;;) {
        const found = await this.loader.find(gameId, at);
        while (this.thaw !== null && !this.closed) await this.thaw;
        if (this.closed || found === 'absent') return;
        if (found.lost) continue;
        const now = this.context.time.now();
        if (!found.session.ring(now)) return;
        this.context.meter.observe('round_end_late_seconds', Math.max(0, now - at) / 1000, {});
        await found.commit(found.session.newest);
        return;
      }
    });
  }

  /** Unless that is under way already. A game that cannot be used was told of; it is tried again when its pause is over. */
  private async once(underWay: Set<string>, gameId: string, run: () => Promise<void>): Promise<void> {
    if (underWay.has(gameId)) return;
    underWay.add(gameId);
    try {
      await run();
    } catch (error) {
      if (!(error instanceof SessionUnusable)) throw error;
      // A clock that is faster may have sent this one before that, and nobody else would come. Whole ms: time of games has no parts of one.
      if (!this.closed) this.context.dropped(this.slot, gameId, Math.ceil(this.loader.pauseOf(gameId)));
    } finally {
      underWay.delete(gameId);
    }
  }

  /** Stops beginning anything and waits, at most `patienceMs`, for the loads and writes that had begun. */
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
    const now = this.context.time.now();
    return [...this.items.values()]
      .filter((item) => !item.deleted || item.live !== null)
      .map((item) => {
        const { gameId, revision, listing, live, loading, stored, doubtful } = item;
        const due = dueAt(item);
        return {
          gameId,
          revision,
          listing,
          unsettled: loading !== null || live?.idle === false || (live === null && doubtful),
          goesOnMs: due === null ? null : due - now,
          value: live?.idle ? stored : null,
        };
      });
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
      if (item.live?.idle && !item.concluding && item.live.touchedAt < before) this.loader.unload(item);
    }
  }

  private async perform(
    live: LiveSession<State, GameCommand>,
    operation: Exclude<RoutedOperation, { kind: 'erase' }>,
  ): Promise<HostAnswer> {
    live.touchedAt = this.context.clock.monotonic();
    switch (operation.kind) {
      case 'read':
      case 'events':
      case 'state':
        return this.look(live, operation);
      case 'continue':
      case 'create':
        return this.startAlive(live, operation);
      case 'command': {
        if (live.waiting >= WAITING_COMMANDS) {
          return problemAnswer('session_overloaded', `${WAITING_COMMANDS} commands wait for this game already.`);
        }
        const { command, input, caller, may } = operation;
        return this.afterCommit(live, live.session.submit({ ...command, input, caller, may }, this.context.time.now()));
      }
    }
  }

  private async look(live: LiveSession<State, GameCommand>, operation: Look): Promise<HostAnswer> {
    const { session } = live;
    const seen = operation.kind === 'state' ? operation.host : operation.caller;
    if (seen !== undefined) session.hear(seen, this.context.time.now());
    if (operation.kind === 'read' && operation.consistency === 'eventual' && session.committed !== null) {
      return look(this.context, session.committed, operation, this.beside(operation, !this.context.lease.valid()));
    }
    const isVerified = await this.verified();
    return isVerified && !live.lost && session.committed !== null
      ? look(this.context, session.committed, operation, this.beside(operation))
      : MOVED;
  }

  private beside({ gameId }: Look, stale = false): Beside {
    return { stale, presence: this.context.presenceOf(this.slot, gameId) };
  }

  private async afterCommit(live: LiveSession<State, GameCommand>, verdict: Verdict): Promise<HostAnswer> {
    const outcome = await live.commit(verdict.after);
    if (outcome === 'refused' && verdict.written) return NOT_STORABLE;
    if (outcome !== 'committed') return { kind: 'moved', uncertain: outcome === 'uncertain' };
    if (verdict.verify && !((await this.verified()) && !live.lost)) return MOVED;
    return answerOf(verdict.reply);
  }

  /** `continue_game` and the creation of a game that is there already. */
  private async startAlive(live: LiveSession<State, GameCommand>, operation: Starting): Promise<HostAnswer> {
    const first = live.session.findCreation(operation.command);
    // Whoever continues a game that is just being created is told once it is.
    const outcome = await live.commit(1);
    if (outcome !== 'committed') return { kind: 'moved', uncertain: outcome === 'uncertain' };
    const { committed } = live.session;
    if (!(await this.verified()) || live.lost || committed === null) return MOVED;
    return showStarted(this.context, committed, operation, first, this.context.time.now());
  }

  /** No session is there: it may have to be made, may be over, or may never have been. Null: look again. */
  private async performAbsent(operation: Exclude<RoutedOperation, { kind: 'erase' }>): Promise<HostAnswer | null> {
    const { gameId } = operation;
    const snapshot = await this.findConcluded(gameId);
    if (snapshot === undefined || this.closed) return MOVED;
    if (this.isFrozen) return null;
    if (snapshot !== null) {
      if (!(await this.verified())) return this.isFrozen ? null : MOVED;
      return this.performConcluded(snapshot, operation);
    }
    const isStarting = operation.kind === 'create' || operation.kind === 'continue';
    if (isStarting && (operation.document ?? null) !== null) {
      return this.create(operation);
    }
    if (await this.verified()) return problemAnswer('game_not_alive', `No game ${gameId} is alive.`);
    // Unless it is frozen, the lease will never be valid again.
    return this.isFrozen ? null : MOVED;
  }

  /** What is archived of a game, if it is concluded: its deletion marker may tell of what a replica does not show yet. Undefined: no answer. */
  private findConcluded(gameId: string): Promise<Uint8Array | null | undefined> {
    let looks = 0;
    return retry(this.context, LOOK_AGAIN, async () => {
      looks += 1;
      const snapshot = await readConcluded(this.context.archive, this.slot, gameId);
      const item = this.loader.items.get(gameId);
      const isThere = item?.deleted === true && item.listing.status === CONCLUDED;
      const isAll = snapshot !== null || !isThere || looks >= LAGGING_READS || this.isFrozen;
      return isAll ? { done: snapshot } : { again: 'lagging' };
    });
  }

  /** On a game that is archived. Its results still tell what was answered before; nothing that is done with it is ever written. */
  private performConcluded(value: Uint8Array, operation: Exclude<RoutedOperation, { kind: 'erase' }>): HostAnswer {
    const { rules, time, sessions } = this.context;
    const snapshot = decode(rules, value);
    const { largestValue } = sessions;
    const from = { revision: 0, sizeBytes: value.length, stamp: this.stamp, writtenAt: null, largestValue };
    const session = Session.resume(rules, snapshot, from);
    const game = new CommittedGame(rules, snapshot.state, snapshot.version);
    switch (operation.kind) {
      case 'read':
      case 'events':
      case 'state':
        return look(this.context, game, operation);
      case 'continue':
      case 'create':
        return showStarted(this.context, game, operation, session.findCreation(operation.command), time.now());
      case 'command': {
        const { command, input, caller, may } = operation;
        return answerOf(session.submit({ ...command, input, caller, may }, time.now()).reply);
      }
    }
  }

  /** Null: somebody else has made the key meanwhile; look again. */
  private async create(operation: Starting): Promise<HostAnswer | null> {
    const { gameId, caller, may, document, origin, command } = operation;
    const { loader } = this;
    const refusal = refuseWithoutGame(caller, may);
    if (refusal !== null) return refused(refusal);
    const item = loader.items.of(gameId);
    const isThere = item.live !== null || item.loading !== null || (item.revision > 0 && !item.deleted);
    if (isThere) return null;
    const now = this.context.time.now();
    const { largestValue } = this.context.sessions;
    const chance = { draw: drawing(this.context), moduleWritten: () => this.context.written().module };
    const from = { gameId, document, origin, now, stamp: this.stamp, expected: item.revision, largestValue, ...chance };
    const made = Session.create(this.context.rules, from, command);
    if (made.kind === 'problem') {
      if (item.revision === 0) loader.items.forget(gameId);
      return answerOf(made);
    }
    let conflict = false;
    const live = loader.live(item, made.session, 'made', (cause) => {
      conflict = cause.kind === 'conflict';
    });
    const outcome: CommitOutcome = await live.commit(1);
    if (conflict && !this.closed) return null;
    if (outcome === 'refused') {
      if (item.revision === 0) loader.items.forget(gameId);
      return NOT_STORABLE;
    }
    if (outcome !== 'committed') return { kind: 'moved', uncertain: outcome === 'uncertain' };
    const founded = live.founded();
    if (founded !== true && !((await founded) && !this.closed && !this.isFrozen)) {
      return { kind: 'moved', uncertain: true };
    }
    const { committed } = live.session;
    return committed === null
      ? { kind: 'moved', uncertain: true }
      : showStarted(this.context, committed, operation, 'created', this.context.time.now());
  }

  private async erase({ gameId }: Extract<RoutedCommand, { kind: 'erase' }>): Promise<HostAnswer> {
    const isErased = await this.loader.erase(gameId);
    return isErased && (await this.verified())
      ? { kind: 'answer', status: 204, body: '' }
      : { kind: 'moved', uncertain: true };
  }

  private async verified(): Promise<boolean> {
    return (this.context.lease.valid() || (await this.context.lease.ensure())) && !this.closed && this.thaw === null;
  }
}

/** Why a game may not be erased that nobody was to have played since then (wall ms); what is not there, nobody has. */
function refusePlayed<State>(
  found: LiveSession<State, GameCommand> | SessionUnusable | 'absent',
  since: number | undefined,
): Rejected | null {
  if (since === undefined || found === 'absent') return null;
  if (!(found instanceof SessionUnusable) && isIdle(found.session.listing(), since)) return null;
  return { kind: 'rejected', code: 'game_not_idle', detail: 'Somebody has played this game since then.' };
}
