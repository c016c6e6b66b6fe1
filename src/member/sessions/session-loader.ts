/**
 * The sessions of one slot: which there are, and how each comes into memory.
 *
 * Role: finds, reads and claims sessions; forgets them when a write failed for good or nobody uses them.
 * Invariants:
 *  - A session is found only once it is ours: handed over with its bytes, or claimed by a write (I1).
 *  - A read proves no absence: `absent` is said once the slot is listed, of what is not known to be there, and never because of a read.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Entry } from '../../ports/store.ts';
import { parseListing } from '../../session/snapshot.ts';
import { sleep } from '../kit/retry.ts';
import type { Settled } from '../store/settle.ts';
import type { SlotListing } from '../store/slot-lister.ts';
import type { LiveSession } from './live-session.ts';
import { type Item, isErased, isNews, type SessionItems, shownOf, storedOf } from './session-items.ts';
import { SessionMemory } from './session-memory.ts';
import type { Adopted, LoaderContext } from './slot-context.ts';
import { SessionUnusable } from './troubles.ts';

/** Reads that show less than is known are repeated this often before the store is believed (I9): with their pauses, for about 3 s. */
export const LAGGING_READS = 15;
/** A deadline before all others. */
const SOMEBODY_WAITS = 0;

/** What came of one load; all but the first three mean that there has to be another. */
type Loaded = 'found' | 'nothing' | 'unusable' | 'unanswered' | 'lagging' | 'conflict';

const NOTHING: Adopted = { stored: new Map(), unsettled: new Set(), clocks: new Map() };

export class SessionLoader<State> {
  readonly memory: SessionMemory<State>;
  private readonly context: LoaderContext<State>;
  private readonly slot: number;
  private readonly frozen: () => Promise<void> | null;
  private readonly whenListed: Promise<void>;
  private nowListed: () => void = () => undefined;
  /** Resolves when somebody waits for what only a listing can tell: that a game is not there. */
  readonly absenceAwaited: Promise<void>;
  private nowAwaited: () => void = () => undefined;
  private isListed = false;

  /** `frozen`: null, or what ends with the freeze: until then nothing is read and claimed. */
  constructor(context: LoaderContext<State>, slot: number, frozen: () => Promise<void> | null) {
    this.context = context;
    this.slot = slot;
    this.frozen = frozen;
    this.memory = new SessionMemory(context, slot);
    this.whenListed = new Promise((resolve) => {
      this.nowListed = resolve;
    });
    this.absenceAwaited = new Promise((resolve) => {
      this.nowAwaited = resolve;
    });
  }

  get items(): SessionItems<State> {
    return this.memory.items;
  }

  /** Whether everything that is stored in the slot is known. */
  get listed(): boolean {
    return this.isListed;
  }

  /** Some of what is stored in the slot, maybe not all of it. What has to be claimed is kept, as far as there is room. */
  show(entries: ReadonlyMap<string, Entry>): void {
    for (const [gameId, entry] of entries) {
      const { revision, deleted, headers } = entry;
      if (!isNews(this.items.get(gameId), revision)) continue;
      const item = this.items.of(gameId);
      this.items.learn(item, { revision, deleted, listing: parseListing(headers) });
      const isWanted = !deleted && item.loading === null;
      if (isWanted && item.listing.epoch < this.context.stamp.epoch) this.items.keep(item, entry);
    }
  }

  /** Everything that is stored in the slot, from a listing or a handoff; merged with what is known already. */
  adopt(listing: SlotListing, { stored, unsettled, clocks }: Adopted = NOTHING): void {
    for (const [gameId, found] of listing) {
      const known = this.items.get(gameId);
      if (!isNews(known, found.revision)) continue;
      const item = this.items.of(gameId);
      this.items.learn(item, { revision: found.revision, deleted: found.deleted, listing: found.listing });
      // To a game that is gone no write is under way but those that say so.
      this.items.doubt(item, unsettled.has(gameId) && !found.deleted);
      const clock = clocks.get(gameId);
      this.items.tell(item, { kind: 'adopt', clocks: clock === undefined ? [] : [clock] });
      const value = stored.get(gameId);
      if (value !== undefined && known === undefined) this.memory.revive(item, value);
    }
    this.isListed = true;
    this.nowListed();
  }

  /** For how many ms nobody tries to load it. */
  pauseOf(gameId: string): number {
    return this.memory.troubles.pauseOf(gameId);
  }

  close(): void {
    this.memory.close();
    this.nowListed();
    this.nowAwaited();
  }

  /**
   * The session, claimed; or `absent`, which the caller still has to verify. `at`: when it is needed, wall ms; by default somebody waits.
   * Rejects with SessionUnusable.
   */
  async find(gameId: string, at = SOMEBODY_WAITS): Promise<LiveSession<State, GameCommand> | 'absent'> {
    for (;;) {
      if (this.memory.isClosed) return 'absent';
      const item = this.items.get(gameId);
      if (item?.live) return item.live;
      const unusable = this.memory.troubles.unusableNow(gameId);
      const pauseMs = this.memory.troubles.pauseOf(gameId);
      // Nobody waits for the end of an erasure but whoever makes the game anew.
      if (this.isListed && item !== undefined && isErased(item)) return this.absent(gameId);
      if (item?.loading) await item.loading;
      else if (this.isListed && (item === undefined || item.deleted)) return this.absent(gameId);
      else if (this.frozen() !== null) await this.frozen();
      else if (unusable !== null) throw new SessionUnusable(unusable);
      else if (pauseMs > 0) await sleep(this.context.clock, pauseMs);
      else if (
        (await this.context.loads.run(at, () => this.load(gameId), shownOf(item)?.value.length)) === 'nothing' &&
        !this.isListed
      ) {
        this.nowAwaited();
        await this.whenListed;
      }
    }
  }

  /** Nor is it to be loaded any more, if that had begun. */
  private absent(gameId: string): 'absent' {
    this.memory.troubles.loaded(gameId);
    return 'absent';
  }

  /** With a place at the limiter: reads and claims, once. */
  private async load(gameId: string): Promise<'nothing' | 'look'> {
    const known = this.items.get(gameId);
    // Somebody was faster, or it is gone meanwhile, or the slot is being handed over.
    const isTaken = this.memory.isClosed || this.frozen() !== null || known?.live || known?.loading;
    if (isTaken || this.memory.troubles.pauseOf(gameId) > 0) return 'look';
    if (this.isListed && (known === undefined || known.deleted)) return 'look';
    const item = this.items.of(gameId);
    const { clock, meter, loads } = this.context;
    const startedAt = clock.monotonic();
    this.memory.troubles.loading(gameId);
    const attempt = this.readAndClaim(item).catch((error: unknown) => this.cannotUse(item, error, true));
    item.loading = attempt.then(() => undefined);
    const outcome = await attempt;
    item.loading = null;
    meter.count('game_loads', { outcome });
    meter.observe('load_seconds', (clock.monotonic() - startedAt) / 1000, {});
    if (outcome !== 'unusable') loads.ended(startedAt, storedOf(item)?.length);
    if (outcome === 'found' || outcome === 'nothing') this.memory.troubles.loaded(gameId);
    else if (outcome !== 'unusable') this.memory.troubles.again(gameId, outcome);
    if (outcome !== 'nothing') return 'look';
    if (item.live === null && item.revision === 0 && this.items.get(gameId) === item) this.memory.forget(gameId);
    return 'nothing';
  }

  private async readAndClaim(item: Item<State>): Promise<Loaded> {
    const { gameId } = item;
    const open = this.context.gate();
    if (open !== true) {
      this.memory.troubles.forgetLag(gameId);
      if (!(await open)) return 'unanswered';
    }
    const shown = shownOf(item);
    this.items.tell(item, { kind: 'drop' });
    const isNewest = shown !== null && shown.revision >= item.revision;
    const entry = isNewest ? shown : await this.context.store.read(gameId);
    if (this.memory.isClosed) return 'found';
    if (entry === undefined) return 'unanswered';
    if ((entry?.revision ?? 0) < item.revision) {
      if (this.memory.troubles.lagged(gameId) <= LAGGING_READS) return 'lagging';
      this.context.rolledBack(this.slot, gameId, item.revision, entry?.revision ?? 0);
      // What the store shows is the truth from now on: a game that is lost can be made again where nothing is.
      this.items.learn(item, { revision: entry?.revision ?? 0 });
    }
    if ((entry === null || entry.deleted) && item.doubtful) {
      return this.forestall(item, entry);
    }
    if (entry === null) return 'nothing';
    const { revision, deleted, headers } = entry;
    // What was known before is kept: its commit tells whether the store went back.
    const isNews = deleted || item.revision === 0;
    const listing = parseListing(headers);
    this.items.learn(item, { revision, deleted, ...(isNews && { listing }) });
    if (listing.told !== undefined) this.memory.told(item, listing.told);
    return deleted ? 'nothing' : this.claim(item, entry);
  }

  /**
   * Writes a deletion marker where the game would be: a creation that is still under way can never land then. `nothing` once that is so.
   * What a marker that is there tells of the game's end it goes on telling.
   */
  private async forestall(item: Item<State>, marker: Entry | null): Promise<Loaded> {
    const { headers = {}, revision: expected = 0 } = marker ?? {};
    const settled = await this.context.store.write(item.gameId, { value: null, headers, expected });
    switch (settled.kind) {
      case 'landed':
        this.items.learn(item, { revision: settled.revision, deleted: true, listing: parseListing(headers) });
        this.items.doubt(item, false);
        return 'nothing';
      case 'conflict':
        this.items.doubt(item, false);
        return 'conflict';
      case 'refused':
        return this.cannotUse(item, settled.reason, false);
      default:
        return 'unanswered';
    }
  }

  /** Stamps a stored session as ours. */
  private async claim(item: Item<State>, entry: Entry): Promise<Loaded> {
    const session = this.memory.resume(item, entry.value, entry);
    if (session === null) return 'conflict';
    const causes: Settled[] = [];
    const live = this.memory.claiming(item, session, (cause) => causes.push(cause));
    const outcome = await live.commit(1);
    const [cause] = causes;
    this.context.meter.count('claims', { outcome: outcome === 'committed' ? 'landed' : (cause?.kind ?? 'abandoned') });
    if (this.memory.isClosed) return 'found';
    if (outcome === 'committed') {
      this.items.tell(item, { kind: 'claimed' });
      this.items.doubt(item, false);
      return 'found';
    }
    this.items.tell(item, { kind: 'failed' });
    if (cause?.kind === 'refused') return this.cannotUse(item, cause.reason, false);
    if (cause !== undefined) this.memory.learn(item, cause);
    return 'conflict';
  }

  /** Nobody tries again before its pause is over. */
  private cannotUse(item: Item<State>, error: unknown, forGood: boolean): 'unusable' {
    this.memory.tell(item, error);
    const pauseMs = this.memory.troubles.unusable(item.gameId, { reason: String(error), forGood });
    if (!this.memory.isClosed) this.context.dropped(this.slot, item.gameId, pauseMs);
    return 'unusable';
  }

  /** Deletes the session and everything that is archived of it. False if that was given up: it may be done in part. */
  async erase(gameId: string): Promise<boolean> {
    for (let known = this.items.get(gameId); known?.loading; known = this.items.get(gameId)) await known.loading;
    if (this.memory.isClosed) return false;
    const item = this.items.of(gameId);
    let isDone = false;
    // Whoever looks for the game waits for this, until its marker is there.
    item.loading = this.memory.removal.erase(item).then((done) => {
      isDone = done;
    });
    try {
      await item.loading;
    } finally {
      item.loading = null;
      if (item.revision === 0) this.memory.forget(gameId);
      this.memory.troubles.over(gameId);
    }
    return isDone;
  }

  /** What somebody began to erase, and nobody is about to: its owner died, or gave it up. */
  async finishErasing({ gameId, loading }: Item<State>): Promise<void> {
    if (loading !== null || (await this.erase(gameId))) return;
    if (!this.memory.isClosed && !this.context.ended.aborted) this.context.unerased(this.slot, gameId);
  }

  /** Removes a deletion marker, if it is still what is there. Rejects if the store does not say that it did. */
  async purge(gameId: string, revision: number): Promise<void> {
    const item = this.items.get(gameId);
    if (item === undefined || item.loading !== null || !item.deleted || item.revision !== revision) return;
    const purging = this.memory.removal.purge(item);
    // A game that is made meanwhile waits: it has to be written where nothing is.
    item.loading = purging.catch(() => undefined);
    try {
      await purging;
    } finally {
      // Nothing is left of it, as far as anybody can know.
      item.loading = null;
      this.memory.forget(gameId);
    }
  }

  /** The store has lost what was known of it last. */
  forgetLost(item: Item<State>, found: number): void {
    this.context.rolledBack(this.slot, item.gameId, item.revision, found);
    this.memory.unload(item);
    this.memory.forget(item.gameId);
  }
}
