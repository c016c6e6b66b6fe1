/**
 * The sessions of one slot that this incarnation holds.
 *
 * Role: opens and closes the slot, has its sessions claimed and their rounds ended, freezes them for a handoff.
 * Invariant: after `close` no write is sent again; while frozen nothing is begun.
 */
import type { Entry } from '../../ports/store.ts';
import type { Listing, Stamp } from '../../session/snapshot.ts';
import { isOutstanding, type Told } from '../../session/told.ts';
import type { ReadOperation } from '../contract/gateway.ts';
import type { HostAnswer } from '../contract/host-answers.ts';
import type { RoutedOperation } from '../contract/rpc.ts';
import { pause } from '../kit/retry.ts';
import type { Marker, SlotListing } from '../store/slot-lister.ts';
import { SlotStore } from '../store/slot-store.ts';
import type { SessionIndex } from './session-index.ts';
import { dueAt, type Item, isHalfErased, storedOf } from './session-items.ts';
import { SessionLoader } from './session-loader.ts';
import { SlotAnswers } from './slot-answers.ts';
import type { Adopted, SlotContext, SlotsContext } from './slot-context.ts';
import { SlotHold } from './slot-hold.ts';
import { type Known, SlotProof } from './slot-proof.ts';
import { SessionUnusable } from './troubles.ts';

/** A session as it goes to the next owner. */
export interface Exported {
  readonly gameId: string;
  readonly revision: number;
  /** Only its deletion marker is left, which tells how it ended. */
  readonly deleted: boolean;
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
  /** For whoever reads what is stored of its games. */
  readonly store: SlotStore;
  private readonly context: SlotContext<State>;
  private readonly loader: SessionLoader<State>;
  private readonly proof: SlotProof<State>;
  private readonly hold = new SlotHold();
  private readonly answers: SlotAnswers<State>;
  private readonly claiming = new Set<string>();
  private readonly ringing = new Set<string>();
  private finishing: Promise<void> | null = null;

  constructor(context: SlotsContext<State>, slot: number, epoch: number) {
    this.slot = slot;
    this.stamp = { ...context.stamp, epoch };
    this.openedAt = context.clock.monotonic();
    // `context` is a plain object, so this copies all of it.
    const ours = { ...context, stamp: this.stamp, gate: () => this.gate(context) };
    this.store = new SlotStore(ours, slot);
    this.context = { ...ours, store: this.store };
    this.loader = new SessionLoader(this.context, slot, () => this.hold.freezing);
    this.answers = new SlotAnswers(this.context, slot, this.hold, this.loader);
    this.proof = new SlotProof(this.loader.items);
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

  /** Whether everything that is stored in the slot is known, and nothing that is not. */
  get certain(): boolean {
    return this.loader.listed && this.proof.holds;
  }

  /** The store may have lost something. */
  doubt(): void {
    this.proof.doubt();
  }

  /** What is known before the slot is listed; for `adoptListed`. */
  known(): Known {
    return this.proof.begin();
  }

  /** Everything that is stored in the slot: what was known beyond that is lost. */
  adoptListed(listing: SlotListing, known: Known): void {
    for (const item of this.proof.end(known, listing)) {
      this.loader.forgetLost(item, listing.get(item.gameId)?.revision ?? 0);
    }
    this.loader.adopt(listing);
  }

  /** How far a webhook was told of the game. */
  told(item: Item<State>, told: Told): void {
    this.loader.memory.told(item, told);
  }

  /** Claims the game, if that is not done. Whether it is in memory then. Never rejects. */
  async touch(gameId: string): Promise<boolean> {
    const isFound = async () => (await this.loader.find(gameId, this.context.time.now())) !== 'absent';
    return isFound().catch(() => false);
  }

  /** Some of what is stored in the slot, maybe not all of it. */
  show(entries: ReadonlyMap<string, Entry>): void {
    this.loader.show(entries);
  }

  /** Resolves when somebody waits for what only a listing can tell: that a game is not there. */
  get absenceAwaited(): Promise<void> {
    return this.loader.absenceAwaited;
  }

  /** Everything that is stored in the slot, from a handoff, or what cuts have not shown yet; merged with what is known already. */
  adopt(listing: SlotListing, handedOver?: Adopted): void {
    this.loader.adopt(listing, handedOver);
  }

  /**
   * Purges the markers of games that were deleted `olderMs` ago or longer: nothing that could still land is so old. That of an erasure is
   * needed until it is finished. One after another, and no more once one failed: what is left is listed again.
   */
  async purge(listing: ReadonlyMap<string, Marker>, olderMs: number): Promise<void> {
    for (const [gameId, { deleted, writtenAt, revision }] of listing) {
      if (this.hold.isClosed || this.hold.isFrozen) return;
      const item = this.items.get(gameId);
      if (!deleted || (item !== undefined && isHalfErased(item))) continue;
      // Its marker is all that says so.
      if (this.context.outbox !== null && isOutstanding(item?.listing.told)) continue;
      if (this.context.time.ageOf(writtenAt) > olderMs) await this.loader.purge(gameId, revision);
    }
  }

  /** Finishes what somebody began to erase, one after another; unless that is under way already. */
  finishErasing(): Promise<void> {
    this.finishing ??= this.finishEach().finally(() => {
      this.finishing = null;
    });
    return this.finishing;
  }

  private async finishEach(): Promise<void> {
    for (const gameId of [...this.items.keys()]) {
      if (this.hold.isClosed || this.hold.isFrozen) return;
      const item = this.items.get(gameId);
      if (item !== undefined && isHalfErased(item)) await this.loader.finishErasing(item);
    }
  }

  get isClosed(): boolean {
    return this.hold.isClosed;
  }

  /** Whether a write that the owner before had sent may have changed one of its games, which is not claimed yet. */
  get hasDoubts(): boolean {
    return this.loader.items.hasDoubts;
  }

  get isFrozen(): boolean {
    return this.hold.isFrozen;
  }

  /** A strong read that needs no waiting. Null if it has to wait. */
  readNow(operation: ReadOperation): HostAnswer | null {
    return this.answers.readNow(operation);
  }

  /** `deadline`: cluster time; a command that could not begin until then is not applied. */
  execute(operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    return this.answers.execute(operation, deadline);
  }

  /** How many are being claimed, or wait for that. */
  get unclaimed(): number {
    return this.claiming.size;
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
        while (this.hold.freezing !== null) await this.hold.freezing;
        if (this.hold.isClosed || found === 'absent') return;
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
      if (!this.hold.isClosed) this.context.dropped(this.slot, gameId, Math.ceil(this.loader.pauseOf(gameId)));
    } finally {
      underWay.delete(gameId);
    }
  }

  /** Stops beginning anything and waits, at most `patienceMs`, for the loads and writes that had begun. */
  async freeze(patienceMs: number): Promise<void> {
    this.hold.freeze();
    const until = this.context.clock.monotonic() + patienceMs;
    const busy = () => [...this.items.values()].some((item) => item.loading !== null || item.live?.idle === false);
    while (busy() && this.context.clock.monotonic() < until) await pause(this.context, 2);
  }

  /** Time was set forward at once: what is left of its rounds each keeps. */
  lengthen(byMs: number): void {
    this.loader.items.lengthen(byMs);
  }

  unfreeze(): void {
    this.hold.unfreeze();
  }

  /** All that is known of a frozen slot: its sessions, with the bytes of those whose last write is acknowledged, and what is left of others. */
  export(): Exported[] {
    const now = this.context.time.now();
    return [...this.items.values()].map((item) => {
      const { gameId, revision, listing, live, loading, doubtful } = item;
      const due = dueAt(item);
      return {
        gameId,
        revision,
        deleted: item.deleted && live === null,
        listing,
        unsettled: loading !== null || live?.idle === false || (live === null && doubtful),
        goesOnMs: due === null ? null : due - now,
        value: live?.idle ? storedOf(item) : null,
      };
    });
  }

  close(): void {
    if (this.hold.isClosed) return;
    // Whoever waits for the thaw finds that nothing is there any more.
    this.loader.close();
    this.hold.close();
  }

  /** Forgets sessions not used since `before`, keeping what is needed to find them again. */
  evictIdle(before: number): void {
    for (const item of this.items.values()) {
      if (item.live?.idle && !item.concluding && item.live.touchedAt < before) this.loader.memory.unload(item);
    }
  }

  /** Writes end with the hold: one that is sent again later would meet what the next owner has been told by then. */
  private gate(incarnation: Pick<SlotContext<State>, 'gate'>): boolean | Promise<boolean> {
    if (this.hold.isClosed) return false;
    const open = incarnation.gate();
    return open === true || open === false ? open : open.then((isOpen) => isOpen && !this.hold.isClosed);
  }
}
