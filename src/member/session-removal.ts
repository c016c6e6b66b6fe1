/**
 * How sessions end: concluded games are archived and deleted, erased ones deleted with all that is archived, old deletion markers purged.
 *
 * Role: the deletions of one slot's sessions bucket, by compare-and-set like every other write.
 * Invariants:
 *  - A session is deleted only at the revision that was archived, or when it is to be erased.
 *  - What is given up in the middle is taken up by whoever claims the session next.
 *  - The deletion marker of a concluded game tells that it is one: whoever sees it knows that there is something in the archive.
 */
import type { GameCommand } from '../game/commands.ts';
import type { Session } from '../session/session.ts';
import { CONCLUDED, listingHeaders, parseListing } from '../session/snapshot.ts';
import { archiveGame, eraseArchived } from './game-archive.ts';
import type { Item, SessionItems } from './session-items.ts';
import type { LoaderContext } from './session-loader.ts';
import { type Settled, settle } from './settle.ts';

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
    item.concluding = this.conclude(item)
      .catch((error: unknown) => this.context.broken(this.slot, item.gameId, error))
      .finally(() => {
        item.concluding = null;
      });
  }

  /** Deletes the session at whatever revision, and all that is archived of it. False if that was given up: it may be done in part. */
  async erase(item: Item<State>): Promise<boolean> {
    const isClosed = () => this.loader.isClosed();
    const { live } = item;
    this.loader.unload(item);
    await Promise.all([live?.settled(), item.concluding]);
    // What was being written may have landed where nothing was known to be: a creation. And no marker must tell of an archive from now on.
    const isMarked = () => item.deleted && item.listing.status !== CONCLUDED;
    let isGone = live === null && (item.revision === 0 || isMarked());
    while (!isGone) {
      if (isClosed()) return false;
      const settled = await this.remove(item, {});
      if (settled.kind !== 'landed' && settled.kind !== 'conflict') return false;
      isGone = isMarked();
    }
    return eraseArchived(this.context, this.slot, item.gameId, isClosed);
  }

  purge({ gameId, revision }: Item<State>): Promise<void> {
    return this.context.sessions.purge(this.key(gameId), revision);
  }

  /** Archives the last state, then deletes the session. */
  private async conclude(item: Item<State>): Promise<void> {
    const isClosed = () => this.loader.isClosed();
    if (item.live !== null && !(await item.live.founded())) return;
    for (let { stored, revision } = item; stored !== null && !isClosed(); { stored, revision } = item) {
      const obstacle = await archiveGame(this.context, this.slot, item.gameId, stored, isClosed);
      if (obstacle !== null) return;
      // A refusal that was stored meanwhile is another last state.
      if (item.revision !== revision) continue;
      const settled = await this.remove(item, listingHeaders(item.listing));
      if (settled.kind === 'landed') return;
    }
  }

  /** Deletes the session at the revision that is known. If there is a newer one, it is known then. */
  private async remove(item: Item<State>, headers: Record<string, string>): Promise<Settled> {
    const { sessions: bucket } = this.context;
    const removal = { bucket, key: this.key(item.gameId), value: null, headers, expected: item.revision };
    const settled = await settle(this.context, removal);
    if (settled.kind === 'landed') {
      this.loader.learn(item, { revision: settled.revision, deleted: true, listing: parseListing(headers) });
      this.loader.unload(item);
      this.context.removed(this.slot, item.gameId);
    } else if (!this.loader.isClosed()) this.loader.lost(item, settled);
    return settled;
  }

  private key(gameId: string): string {
    return `${this.slot}.${gameId}`;
  }
}
