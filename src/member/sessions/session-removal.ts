/**
 * How sessions end: concluded games are archived and deleted, erased ones deleted with all that is archived, old deletion markers purged.
 *
 * Role: the deletions of one slot's sessions bucket, by compare-and-set like every other write.
 * Invariants:
 *  - A session is deleted only at the revision that was archived, or when it is to be erased.
 *  - What is given up in the middle is taken up by whoever claims the session next.
 *  - The deletion marker of a concluded game tells that it is one: whoever sees it knows that there is something in the archive, and
 *    since which of its revisions.
 *  - An erasure begins with a marker that says so, and ends with one: from the first on there is no such game, whatever the archive or a replica of
 *    it still shows; after the second nothing of it is left.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Session } from '../../session/session.ts';
import { ERASED, ERASING, listingHeaders, markerHeaders, parseListing } from '../../session/snapshot.ts';
import { furtherOf, isOutstanding, type ToldOf } from '../../session/told.ts';
import { gameKey } from '../store/keys.ts';
import type { Settled } from '../store/settle.ts';
import { type Item, isErased, isHalfErased, type SessionItems, storedOf } from './session-items.ts';
import type { LoaderContext } from './slot-context.ts';

interface Loader<State> {
  isClosed(): boolean;
  learn: SessionItems<State>['learn'];
  unload(item: Item<State>): void;
  lost(item: Item<State>, cause: Settled): void;
}

export class SessionRemoval<State> {
  private readonly context: LoaderContext<State>;
  private readonly slot: number;
  private readonly loader: Loader<State>;

  constructor(context: LoaderContext<State>, slot: number, loader: Loader<State>) {
    this.context = context;
    this.slot = slot;
    this.loader = loader;
  }

  concludeIfOver(item: Item<State>, session: Session<State, GameCommand>): void {
    if (!session.committed?.isOver || item.concluding) return;
    const { progress } = this.context;
    const key = gameKey(this.slot, item.gameId);
    progress.begin('archive', key);
    item.concluding = this.conclude(item)
      .catch((error: unknown) => this.context.broken(this.slot, item.gameId, error))
      .finally(() => {
        item.concluding = null;
        progress.end('archive', key);
      });
  }

  /** Deletes the session at whatever revision, and all that is archived of it. False if that was given up: it may be done in part. */
  async erase(item: Item<State>): Promise<boolean> {
    const isClosed = () => this.loader.isClosed();
    const { live } = item;
    this.loader.unload(item);
    await Promise.all([live?.settled(), item.concluding]);
    // What was being written may have landed where nothing was known to be: a creation.
    let isMarked = live === null && isErased(item);
    while (!isMarked) {
      if (isClosed()) return false;
      const settled = await this.remove(item, markerHeaders(ERASING));
      if (settled.kind !== 'landed' && settled.kind !== 'conflict') return false;
      isMarked = isErased(item);
    }
    // What is newer than the marker by then is not part of what is erased: a list may have shown it meanwhile.
    const { revision } = item;
    const isDone = !isHalfErased(item);
    if (!(await this.context.store.eraseArchived(item.gameId, isClosed)) || isClosed()) return false;
    if (isDone) return true;
    return (await this.remove(item, markerHeaders(ERASED), revision)).kind === 'landed';
  }

  /** The deletion marker of a game that is over says anew how far a webhook was told. */
  async retell(item: Item<State>): Promise<void> {
    await this.remove(item, listingHeaders(item.listing));
  }

  purge({ gameId, revision }: Item<State>): Promise<void> {
    return this.context.store.purge(gameId, revision);
  }

  /** Archives the last state, then deletes the session. */
  private async conclude(item: Item<State>): Promise<void> {
    const isClosed = () => this.loader.isClosed();
    if (item.live !== null && !(await item.live.founded())) return;
    for (let stored = storedOf(item); stored !== null && !isClosed(); stored = storedOf(item)) {
      const archived = await this.context.store.archiveGame(item.gameId, stored, isClosed);
      if (archived.kind !== 'landed') return;
      // A refusal that was stored meanwhile is another last state; a session that is claimed meanwhile is to conclude it.
      if (storedOf(item) !== stored) continue;
      const { told } = item.listing;
      const settled = await this.remove(item, listingHeaders({ ...item.listing, archived: archived.revision }));
      if (settled.kind === 'landed') return this.retellIfLate(item, told);
    }
  }

  /** What was told while the marker was written is not in it. */
  private async retellIfLate(item: Item<State>, written: ToldOf | undefined): Promise<void> {
    const { told } = item.listing;
    if (told !== undefined && !isOutstanding(told) && told.seq !== written?.seq) await this.retell(item);
  }

  /** Deletes the session at that revision. If there is a newer one, it is known then. */
  private async remove(item: Item<State>, headers: Record<string, string>, expected = item.revision): Promise<Settled> {
    const settled = await this.context.store.write(item.gameId, { value: null, headers, expected });
    if (settled.kind === 'landed') {
      const listing = parseListing(headers);
      const told = furtherOf(listing.told, item.listing.told);
      this.loader.learn(item, { revision: settled.revision, deleted: true, listing: { ...listing, told } });
      this.loader.unload(item);
      this.context.removed(this.slot, item.gameId);
    } else if (!this.loader.isClosed()) this.loader.lost(item, settled);
    return settled;
  }
}
